const MAX_DELAY_MS = 500;

/** How long to wait before a connection is tried again: longer each time, half of it chance, never above 500 ms. */
export function toReconnectDelayMs(attempt: number): number {
  const delayMs = Math.min(50 * 2 ** Math.min(attempt, 10), MAX_DELAY_MS);
  return delayMs / 2 + (Math.random() * delayMs) / 2;
}
