/** So many values of a series are all recorded, in each second. */
const ALL_PER_SECOND = 100;
/** Share of the further values that is recorded. */
const SHARE = 0.1;
const SECOND_MS = 1000;

/** How many values of a series have been recorded in this second. */
export interface Sample {
  second: number;
  recorded: number;
}

/**
 * Recording a value in a histogram of the SDK costs several microseconds, more than the operation itself. So a series that is used often is
 * sampled: its distribution, mean and quantiles stay the same, its number of values does not.
 */
export interface Sampler {
  /** Whether a value is to be recorded. */
  takes(sample: Sample): boolean;
  stop(): void;
}

export function createSample(): Sample {
  return { second: -1, recorded: 0 };
}

export function createSampler(): Sampler {
  // Reading the clock would cost as much as everything else here.
  let second = 0;
  const timer = setInterval(() => second++, SECOND_MS).unref();
  return {
    takes(sample) {
      if (sample.second !== second) {
        sample.second = second;
        sample.recorded = 0;
      }
      if (sample.recorded === ALL_PER_SECOND) return Math.random() < SHARE;
      sample.recorded++;
      return true;
    },
    stop: () => clearInterval(timer),
  };
}
