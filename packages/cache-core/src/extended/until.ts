import { setMaxListeners } from 'node:events';
import type { Awaitable } from '../contract/awaitable';
import { isPromise } from '../guard/ownPromise';

/** Longest delay of a Node timer; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What {@link untilTimeout} resolves to after the timeout. */
export const timedOut = Symbol('timed out');

/** Waits for a promise, but rejects with `signal.reason` when the signal fires first. */
export function until<T>(promise: Awaitable<T>, signal: AbortSignal | undefined): Awaitable<T> {
  if (!signal || !isPromise(promise)) return promise;
  // Node warns of a leak above ten listeners, but a call for many keys adds one listener for each key.
  if (signal instanceof EventTarget) setMaxListeners(Infinity, signal);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    const end = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(end);
    if (signal.aborted) abort();
  });
}

/** Waits for a promise, but resolves to {@link timedOut} after `timeoutMs`. */
export function untilTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof timedOut> {
  return new Promise((resolve, reject) => {
    const stopTimer = startTimer(timeoutMs, () => resolve(timedOut));
    promise.then(resolve, reject).finally(stopTimer);
  });
}

/** Waits for `pauseMs`, but rejects with `signal.reason` when the signal fires first. */
export function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      stopTimer();
      reject(signal.reason as Error);
    };
    const stopTimer = startTimer(pauseMs, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

/** Starts a timer and returns the function that stops it. Starts none for a time that is too long for a timer. */
export function startTimer(timeoutMs: number, end: () => void): () => void {
  if (timeoutMs > MAX_TIMER_MS) return () => {};
  const timer = setTimeout(end, timeoutMs);
  return () => clearTimeout(timer);
}
