/** Blocks the event loop for so many ms. */
export function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}
