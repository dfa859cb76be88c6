/** The clocks of one machine, which a schedule sets, and the true elapsed time. */
export interface Clocks {
  readonly trueMs: number;
  /** Timers that are due meanwhile fire at the end, as after a blocked event loop. */
  advance(ms: number): void;
  /** The machine is suspended: the monotonic clock and the timers stand still. */
  suspend(ms: number): void;
  /** Somebody sets the wall clock. */
  setWallClock(byMs: number): void;
}

/** Runs `use` with clocks of its own. Needs fake timers that leave `Date` and `performance` alone. */
export async function withClocks(use: (clocks: Clocks) => Promise<void>): Promise<void> {
  let trueMs = 0;
  let monotonicMs = 1000;
  let wallMs = 1_800_000_000_000;
  const restore = [replaceNow(performance, () => monotonicMs), replaceNow(Date, () => wallMs)];
  const clocks: Clocks = {
    get trueMs() {
      return trueMs;
    },
    advance(ms) {
      trueMs += ms;
      monotonicMs += ms;
      wallMs += ms;
      jest.advanceTimersByTime(ms);
    },
    suspend(ms) {
      trueMs += ms;
      wallMs += ms;
    },
    setWallClock(byMs) {
      wallMs += byMs;
    },
  };
  try {
    await use(clocks);
  } finally {
    for (const undo of restore) undo();
  }
}

/** Not a Jest spy, which would record each of the many calls. */
function replaceNow(clock: { now: () => number }, now: () => number): () => void {
  const real = clock.now;
  clock.now = now;
  return () => void (clock.now = real);
}
