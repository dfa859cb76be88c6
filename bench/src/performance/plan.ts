import type { InterleavePlan } from './interleave';

/** How much is measured. */
export interface Plan extends InterleavePlan {
  /** Number of starts with new processes, among which the rounds are divided where processes are compared. */
  readonly starts: number;
  readonly trialMs: number;
  readonly callers: readonly number[];
  readonly plugins: readonly number[];
  /** Rounds of reads with a near cache, of which there are many kinds. */
  readonly nearRounds: number;
  readonly nearTrialMs: number;
  /** Rounds of measurements that need a new process each time. */
  readonly processRounds: number;
  readonly memoryEntries: number;
  /** Whether general-purpose caches are measured too, and not only the clients, the built-in cache and caches in memory. */
  readonly generalCaches: boolean;
  /** Whether a cluster, a store with millions of keys, and `clear` are measured too. */
  readonly large: boolean;
}

/** Takes about 35 minutes. */
export const fullPlan: Plan = {
  rounds: 9,
  starts: 3,
  trialMs: 170,
  callers: [1, 2, 8, 64, 256, 512],
  plugins: [1, 10, 50, 100, 200],
  nearRounds: 5,
  nearTrialMs: 100,
  processRounds: 3,
  memoryEntries: 1_000_000,
  generalCaches: true,
  large: true,
};

/** Takes less than 5 minutes, which is enough to notice a loss of a third. */
export const quickPlan: Plan = {
  rounds: 4,
  starts: 1,
  trialMs: 120,
  callers: [1, 64, 512],
  plugins: [1, 50, 200],
  nearRounds: 2,
  nearTrialMs: 80,
  processRounds: 1,
  memoryEntries: 200_000,
  generalCaches: false,
  large: false,
};

/** The plan for a missed bound: more processes with fewer rounds each, so that no single pair of processes decides. */
export function toPlanAgain(plan: Plan): Plan {
  const starts = 3 * plan.starts;
  return { ...plan, starts, rounds: 2 * starts };
}
