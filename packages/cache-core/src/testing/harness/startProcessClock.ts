/** A clock that stands still while other processes have the processor that this one waits for. */
export interface ProcessClock {
  /** Time, in ms, since an arbitrary moment. */
  now(): number;
  /** Ends the timer that the clock needs. */
  stop(): void;
}

const TICK_MS = 10;
/** What a timer may be late by itself. */
const USUAL_DELAY_MS = 10;
/** In a burst each operation asks for the time, and to ask the system what the process has used takes longer than the operation. */
const SAMPLE_MS = 1;

/**
 * Starts a clock for tests that measure time on a machine that does other things too. A late tick of the event loop counts as far
 * as this process computed meanwhile, so a loop that is blocked by the process itself is measured in full.
 */
export function startProcessClock(): ProcessClock {
  let lostMs = 0;
  let tickedAtMs = performance.now();
  let usedMs = processorMs();
  const lostSinceTick = (nowMs: number) => {
    const lateMs = nowMs - tickedAtMs - TICK_MS - USUAL_DELAY_MS;
    return lateMs <= 0 ? 0 : Math.max(0, lateMs - (processorMs() - usedMs));
  };
  let sampledAtMs = tickedAtMs;
  let lostAtSampleMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lostMs += lostSinceTick(nowMs);
    tickedAtMs = sampledAtMs = nowMs;
    lostAtSampleMs = 0;
    usedMs = processorMs();
  }, TICK_MS).unref();
  return {
    now: () => {
      const nowMs = performance.now();
      if (nowMs - sampledAtMs >= SAMPLE_MS) {
        sampledAtMs = nowMs;
        lostAtSampleMs = lostSinceTick(nowMs);
      }
      return nowMs - lostMs - lostAtSampleMs;
    },
    stop: () => clearInterval(timer),
  };
}

/** Time, in ms, for which this process has had a processor. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
