import { median } from './median';
import type { Measured } from './results';

/** How many times better the first one is; it is better if both are above 1. */
export interface Comparison {
  readonly throughput: number;
  /** NaN when the CPU of one of them is unknown. */
  readonly cpu: number;
}

/** Medians of the ratios of the rounds. In each round, both were measured. */
export function compare(one: Measured, other: Measured): Comparison {
  const ratios = one.trials.map((trial, round) => ({
    throughput: trial.operationsPerSecond / (other.trials[round]?.operationsPerSecond ?? NaN),
    cpu: (other.trials[round]?.cpuMicroseconds ?? NaN) / (trial.cpuMicroseconds ?? NaN),
  }));
  return {
    throughput: median(ratios.map(({ throughput }) => throughput)),
    cpu: median(ratios.map(({ cpu }) => cpu)),
  };
}

/** How much more CPU one operation takes than one of `other`, in us: the median of the differences in the rounds. */
export function compareCpu(one: Measured, other: Measured): number {
  const differences = one.trials.map(
    ({ cpuMicroseconds = NaN }, round) => cpuMicroseconds - (other.trials[round]?.cpuMicroseconds ?? NaN),
  );
  return median(differences);
}

export function medianThroughput({ trials }: Measured): number {
  return median(trials.map(({ operationsPerSecond }) => operationsPerSecond));
}

/** Median CPU of one operation, in us; NaN when it is unknown. */
export function medianCpu({ trials }: Measured): number {
  return median(trials.map(({ cpuMicroseconds = NaN }) => cpuMicroseconds));
}
