/** The time is divided into about this many steps, or into more when these would be longer than MAX_STEP_MS. */
const STEPS = 8;
/** Longest step. */
const MAX_STEP_MS = 250;

/**
 * Calls `run` once, after `ms` in which the event loop was free. A blocked event loop cannot receive anything, so a block uses up one step
 * only, however long it lasts, and what has arrived is read before `run` is called.
 *
 * @returns a function that cancels the call; idempotent, also after the call.
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
