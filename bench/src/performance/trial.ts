import type { Cache, ReadThrough } from './openSubject';
import type { Sample, Size } from './sample';

/** What one process is to do for some time. */
export interface TrialQuestion {
  readonly operation: Operation;
  readonly size: Size;
  /** How many of the keys are used. Absent: all. */
  readonly keys?: number;
  /**
   * Share of the reads that are of hot keys, a tenth of all, in %. The others are asked for one after the other, so that a cache with
   * room for half of the keys does not have them any more. Absent: all keys in turn.
   */
  readonly hotPercent?: number;
  /** The values are still there from an earlier trial. */
  readonly isFilled?: boolean;
  /** Callers that each have one operation under way. */
  readonly callers: number;
  /** Operations that each caller starts in one turn, and waits for together. */
  readonly burst: number;
  /** The keys are those of so many plugins, in turn. */
  readonly plugins: number;
  readonly durationMs: number;
}

/** Of every cache. */
export const operations = ['get', 'set'] as const;
export type StoreOperation = (typeof operations)[number];
/** `getOrSet`: a hit. `stampede`: all callers ask at once for a key that is not there. */
export type Operation = StoreOperation | 'getOrSet' | 'stampede' | 'getFrozen';

/** What a trial works on. */
export interface TrialSubject {
  readonly caches: readonly Cache[];
  readonly samples: readonly Sample[];
  readonly readThrough: ReadThrough | undefined;
  readonly getFrozen: ((key: string) => unknown) | undefined;
}

export interface Trial {
  /** How many operations. Absent for a program in C. */
  readonly operations?: number;
  readonly operationsPerSecond: number;
  /** Of the process that uses the cache, all its threads, in us for one operation; absent for a program in C. */
  readonly cpuMicroseconds?: number;
  /** Of one stampede. */
  readonly loads?: number;
  /** Reads that the store was not asked for, in % of all; absent where that is not counted. */
  readonly nearPercent?: number;
}
