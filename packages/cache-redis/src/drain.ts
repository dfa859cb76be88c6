const DRAIN_TIMEOUT_MS = 1000;

/** Waits until operations in flight have ended, for a moment at most. */
export async function drain(closed: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>(resolve => {
    timer = setTimeout(resolve, DRAIN_TIMEOUT_MS);
  });
  await Promise.race([closed, expired]);
  clearTimeout(timer);
}
