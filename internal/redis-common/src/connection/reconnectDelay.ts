const MAX_DELAY_MS = 500;

/** Back-off before the next attempt, in ms: doubles from 50 to 500, half of it jitter. */
export function toReconnectDelayMs(attempt: number): number {
  const delayMs = Math.min(50 * 2 ** Math.min(attempt, 10), MAX_DELAY_MS);
  return delayMs / 2 + (Math.random() * delayMs) / 2;
}
