/** The time is spent in this many steps, */
const STEPS = 8;
/** each at most so long. */
const MAX_STEP_MS = 250;

/**
 * Calls `run` once, after `ms` in which the event loop was free. An event loop that is blocked can receive nothing, so it costs one
 * step however long it was, and what has arrived is read first.
 *
 * @returns a function that cancels it; idempotent, also afterwards.
 */
export function afterFreeTime(ms: number, run: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isCancelled = false;
  const expire = () => {
    if (!isCancelled) run();
  };
  const spend = (leftMs: number) => {
    const stepMs = Math.min(leftMs, Math.ceil(ms / STEPS), MAX_STEP_MS);
    timer = setTimeout(() => {
      if (leftMs > stepMs) spend(leftMs - stepMs);
      else setImmediate(expire);
    }, stepMs);
  };
  spend(ms);
  return () => {
    isCancelled = true;
    clearTimeout(timer);
  };
}
