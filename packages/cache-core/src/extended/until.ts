import { setMaxListeners } from 'node:events';
import type { Awaitable } from '../contract/awaitable';
import { isPromise } from '../guard/ownPromise';

/** Longer timers fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What {@link untilTimeout} resolves to when the time is over. */
export const timedOut = Symbol('timed out');

/** Waits for a promise until the signal fires, whose reason it then rejects with. */
export function until<T>(promise: Awaitable<T>, signal: AbortSignal | undefined): Awaitable<T> {
  if (!signal || !isPromise(promise)) return promise;
  // Node takes more than ten for a leak, but a caller of many keys is one for each.
  if (signal instanceof EventTarget) setMaxListeners(Infinity, signal);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    const end = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(end);
    if (signal.aborted) abort();
  });
}

/** Waits for a promise until the time is over. */
export function untilTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof timedOut> {
  return new Promise((resolve, reject) => {
    const stopTimer = startTimer(timeoutMs, () => resolve(timedOut));
    promise.then(resolve, reject).finally(stopTimer);
  });
}

/** Waits for the time, or until the signal fires, whose reason it then rejects with. */
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

/** Returns the function that stops it. None is started for a time that no timer can measure. */
export function startTimer(timeoutMs: number, end: () => void): () => void {
  if (timeoutMs > MAX_TIMER_MS) return () => {};
  const timer = setTimeout(end, timeoutMs);
  return () => clearTimeout(timer);
}
