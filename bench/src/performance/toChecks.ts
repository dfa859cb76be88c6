import { compare } from './compare';
import type { Measured } from './results';

/** A figure and its bound. */
export interface Check {
  readonly what: string;
  readonly found: number;
  readonly bound: number;
  readonly side: 'at least' | 'at most';
  /** By how much the figure may miss the bound. Absent: by the usual share of the bound. */
  readonly noise?: number;
  /** The two measurements that it compares; absent for a count. They are measured again when the bound is missed. */
  readonly kinds?: readonly Measured[];
  /** Whether a miss fails the run. Durations of single operations depend too much on the machine, so they are only reported. */
  readonly gates: boolean;
}

/** Checks that throughput and CPU are better than those of another by at least this factor. */
export function toChecks(what: string, ours: Measured, other: Measured, bound: number): Check[] {
  const { throughput, cpu } = compare(ours, other);
  const check = { bound, side: 'at least', kinds: [ours, other], gates: true } as const;
  return [
    { ...check, what: `${what}: throughput`, found: throughput },
    { ...check, what: `${what}: CPU`, found: cpu },
  ];
}
