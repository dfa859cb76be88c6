/** Values of one series that are all recorded, in a second. */
const ALL_PER_SECOND = 100;
/** The share of the others that is recorded. */
const SHARE = 0.1;
const SECOND_MS = 1000;

/** Which values of a series are recorded in this second. */
export interface Sample {
  second: number;
  recorded: number;
}

/**
 * Records of a histogram cost several microseconds each in the SDK, more than the operation that they are about. So a series that is
 * used often is sampled: distribution, mean and quantiles stay what they are, the number of values does not.
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
  // To ask for the time would cost as much as all the rest.
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
