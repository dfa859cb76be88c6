import { compare } from './compare';
import type { Measured } from './results';

/** A figure and its bound. */
export interface Check {
  readonly what: string;
  readonly found: number;
  readonly bound: number;
  readonly side: 'at least' | 'at most';
  /** By how much the bound may be missed. Absent: a share of it. */
  readonly noise?: number;
  /** What it compares; absent for what is counted. It is measured again when the bound is missed. */
  readonly kinds?: readonly Measured[];
  /** Whether a run fails by it. Durations of single things depend too much on the machine: they are reported. */
  readonly gates: boolean;
}

/** That throughput and CPU are better than those of another by so many times. */
export function toChecks(what: string, ours: Measured, other: Measured, bound: number): Check[] {
  const { throughput, cpu } = compare(ours, other);
  const check = { bound, side: 'at least', kinds: [ours, other], gates: true } as const;
  return [
    { ...check, what: `${what}: throughput`, found: throughput },
    { ...check, what: `${what}: CPU`, found: cpu },
  ];
}
