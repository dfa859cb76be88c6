import type { Size } from './sample';

/** What one process is to do for some time. */
export interface TrialQuestion {
  readonly operation: 'get' | 'set';
  readonly size: Size;
  /** Callers that each have one operation under way. */
  readonly callers: number;
  /** Operations that each caller starts in one turn, and waits for together. */
  readonly burst: number;
  /** The keys are those of so many plugins, in turn. */
  readonly plugins: number;
  readonly durationMs: number;
}

export const operations = ['get', 'set'] as const;
export type Operation = (typeof operations)[number];

export interface Trial {
  readonly operationsPerSecond: number;
  /** Of the process that uses the cache, all its threads, in us for one operation; absent for a program in C. */
  readonly cpuMicroseconds?: number;
}
