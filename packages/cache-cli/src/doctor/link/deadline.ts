import { setMaxListeners } from 'node:events';

/** The end of the whole examination. Whatever waits then, ends. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Time left, in ms, never below 0. */
  left(): number;
}

/** Ends after some time, or when the signal fires. */
export function createDeadline(ms: number, outer: AbortSignal): Deadline {
  const end = performance.now() + ms;
  const signal = AbortSignal.any([outer, AbortSignal.timeout(ms)]);
  // Each connection listens.
  setMaxListeners(0, signal);
  return {
    signal,
    left: () => Math.max(0, end - performance.now()),
  };
}
