/** Decides what happens next; the same seed gives the same decisions. */
export interface Schedule {
  /** A whole number from 0 up to but not including `limit`. */
  next(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Calls `happen` at a moment that the schedule chooses, and gives its result. */
  later<T>(name: string, happen: () => T | Promise<T>): Promise<T>;
  /** Runs one of the pending steps. Returns false when there is none. */
  happen(): boolean;
  /** What has happened, for error messages. */
  readonly trace: string[];
}

function createSchedule(seed: number): Schedule {
  let state = seed;
  const waiting: (() => void)[] = [];
  const trace: string[] = [];

  // The pseudorandom number generator Mulberry32.
  function random(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const next = (limit: number) => Math.floor(random() * limit);
  return {
    next,
    chance: probability => random() < probability,
    pick: choices => choices[next(choices.length)] as (typeof choices)[number],
    later: (name, happen) =>
      new Promise((resolve, reject) => {
        waiting.push(() => {
          trace.push(name);
          try {
            resolve(happen());
          } catch (error) {
            reject(error);
          }
        });
      }),
    happen() {
      const [chosen] = waiting.splice(next(waiting.length), 1);
      chosen?.();
      return chosen !== undefined;
    },
    trace,
  };
}

/** Runs `play` with a schedule. An error that it throws names the seed and lists what has happened. */
export async function withSchedule(seed: number, play: (schedule: Schedule) => Promise<void>): Promise<void> {
  const schedule = createSchedule(seed);
  try {
    await play(schedule);
  } catch (error) {
    throw new Error(`Schedule ${seed}: ${(error as Error).message}\n${schedule.trace.join('\n')}`, { cause: error });
  } finally {
    // Fake timers go through all pending timers at each advance, so leftovers would slow down later schedules.
    jest.clearAllTimers();
  }
}

/** Waits for one turn of the event loop, also while timers are fake. */
export const turn = (() => {
  const { setImmediate: later } = globalThis;
  return () => new Promise(resolve => later(resolve));
})();

/** Runs all pending steps, including those that follow when fake timers advance by `timerMs`. */
export async function happenAll(schedule: Schedule, timerMs: number): Promise<void> {
  for (let idle = 0; idle < 3; idle++) {
    while (schedule.happen()) {
      idle = 0;
      await turn();
    }
    jest.advanceTimersByTime(timerMs);
    await turn();
  }
}
