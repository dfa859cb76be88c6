/** A clock that stands still while this process waits for a processor that other processes use. */
export interface ProcessClock {
  /** Time, in ms, since an arbitrary moment. */
  now(): number;
  /** Ends the timer that the clock needs. */
  stop(): void;
}

const TICK_MS = 10;
/** How late a timer usually is. */
const USUAL_DELAY_MS = 10;
/** In a burst each operation reads the clock, and asking the system for the used processor time takes longer than an operation. */
const SAMPLE_MS = 1;

/**
 * Starts a clock for tests that measure time on a busy machine. If a tick of the event loop is late, only the time in which this process
 * computed counts. So a loop that is blocked by the process itself is measured in full.
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

/** Processor time that this process has used, in ms. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
