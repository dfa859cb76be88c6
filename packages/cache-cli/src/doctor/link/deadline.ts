import { setMaxListeners } from 'node:events';

/** The deadline of the whole examination. Everything that still waits then ends. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Time left, in ms, never below 0. */
  left(): number;
}

/** Creates a deadline that ends after some time, or when the signal fires. */
export function createDeadline(ms: number, outer: AbortSignal): Deadline {
  const end = performance.now() + ms;
  const signal = AbortSignal.any([outer, AbortSignal.timeout(ms)]);
  // Each connection adds a listener, so there is no limit.
  setMaxListeners(0, signal);
  return {
    signal,
    left: () => Math.max(0, end - performance.now()),
  };
}
