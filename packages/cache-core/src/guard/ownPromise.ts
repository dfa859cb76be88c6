import type { Awaitable } from '../contract/awaitable';

export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return value instanceof Promise;
}

/**
 * Replaces a thenable that a driver or an observer returns by a native promise: a foreign `then` may call back twice, at once or never, or
 * throw. Throws when reading a member of the value throws.
 */
export function toOwnPromise<T>(value: Awaitable<T>): Awaitable<T> {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return value;
  if (value instanceof Promise && value.then === Promise.prototype.then) return value;
  return new Promise(resolve => resolve(value));
}

/** Like {@link toOwnPromise} for the result of a call; what the call throws becomes a rejection. */
export function attempt<T>(call: () => Awaitable<T>): Awaitable<T> {
  try {
    return toOwnPromise(call());
  } catch (error) {
    return Promise.reject(error);
  }
}
