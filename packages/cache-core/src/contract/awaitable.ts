/** What is there already, or comes later. */
export type Awaitable<T> = T | Promise<T>;

export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** What is thrown comes as a rejection. */
export function attempt<T>(run: () => Awaitable<T>): Awaitable<T> {
  try {
    return run();
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * The same for what others have written. What looks like a promise and is none, or has a `then` of its own, is followed by one
 * of ours: it may call back twice, at once or never, or throw.
 */
export function attemptForeign<T>(run: () => Awaitable<T>): Awaitable<T> {
  try {
    return toOwnPromise(run());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** May throw, as what it looks at may. */
export function toOwnPromise<T>(value: Awaitable<T>): Awaitable<T> {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return value;
  if (value instanceof Promise && value.then === Promise.prototype.then) return value;
  return new Promise(resolve => resolve(value));
}
