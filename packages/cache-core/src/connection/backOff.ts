const MAX_BACK_OFF_MS = 500;

/**
 * Back-off before the next attempt to connect, in ms: doubles from 50 to 500, half of it jitter.
 *
 * @param failures - How many attempts have failed in a row before the latest one; 0 or more.
 */
export function toBackOffMs(failures: number): number {
  const longestMs = Math.min(50 * 2 ** Math.min(failures, 10), MAX_BACK_OFF_MS);
  return longestMs / 2 + (Math.random() * longestMs) / 2;
}
