import { median } from './median';
import type { Measured } from './results';

/** How many times better the first is; above 1 in both: it is. */
export interface Comparison {
  readonly throughput: number;
  /** NaN where the other's is not known. */
  readonly cpu: number;
}

/** Medians of the ratios in each round, in which both had their turn. */
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

/** How much more CPU one operation takes than one of the other, in us: the median of the differences in each round. */
export function compareCpu(one: Measured, other: Measured): number {
  const differences = one.trials.map(
    ({ cpuMicroseconds = NaN }, round) => cpuMicroseconds - (other.trials[round]?.cpuMicroseconds ?? NaN),
  );
  return median(differences);
}

export function medianThroughput({ trials }: Measured): number {
  return median(trials.map(({ operationsPerSecond }) => operationsPerSecond));
}

/** In us for one operation; NaN where it is not known. */
export function medianCpu({ trials }: Measured): number {
  return median(trials.map(({ cpuMicroseconds = NaN }) => cpuMicroseconds));
}
