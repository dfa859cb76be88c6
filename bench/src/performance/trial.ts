import type { Cache, ReadThrough } from './openSubject';
import type { Sample, Size } from './sample';

/** What a process should do, and for how long. */
export interface TrialQuestion {
  readonly operation: Operation;
  readonly size: Size;
  /** Number of keys that are used. Absent: all keys. */
  readonly keys?: number;
  /**
   * Share of the reads that are of hot keys, in %. A tenth of all keys are hot. The other keys are read in turn, so that a cache with room
   * for half of the keys has lost a key when it is read again. Absent: all keys are read in turn.
   */
  readonly hotPercent?: number;
  /** Whether the values are still there from an earlier trial. */
  readonly isFilled?: boolean;
  /** Number of callers, each of which has one operation in flight. */
  readonly callers: number;
  /** Number of operations that each caller starts in one turn and then awaits together. */
  readonly burst: number;
  /** The keys belong to this many plugins, in turn. */
  readonly plugins: number;
  readonly durationMs: number;
}

/** Operations of every cache. */
export const operations = ['get', 'set'] as const;
export type StoreOperation = (typeof operations)[number];
/** `getOrSet` is a hit. In a `stampede`, all callers ask for a missing key at the same time. */
export type Operation = StoreOperation | 'getOrSet' | 'stampede' | 'getFrozen';

/** What a trial uses. */
export interface TrialSubject {
  readonly caches: readonly Cache[];
  readonly samples: readonly Sample[];
  readonly readThrough: ReadThrough | undefined;
  readonly getFrozen: ((key: string) => unknown) | undefined;
}

export interface Trial {
  /** Number of operations. Absent for a program in C. */
  readonly operations?: number;
  readonly operationsPerSecond: number;
  /** CPU time of one operation in us, counting all threads of the process that uses the cache; absent for a program in C. */
  readonly cpuMicroseconds?: number;
  /** Number of loads in one stampede. */
  readonly loads?: number;
  /** Share of the reads that did not reach the store, in %; absent where that is not counted. */
  readonly nearPercent?: number;
}
