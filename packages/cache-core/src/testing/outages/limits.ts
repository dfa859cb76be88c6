/** What the suite allows: the promised figures, and what a busy machine may add to them. */
export const LIMITS = {
  /** By how much an operation may exceed its command timeout. */
  settledMs: 100,
  /** From the end of a fault to the first value that can be read again. */
  recoveredMs: 1000,
  /** From the beginning of a fault to the use of new connections, when only the old ones are broken. */
  replacedMs: 3000,
  /** Median duration of operations that start more than 1 s into an outage. */
  laterMs: 1,
  /** Growth of the heap through 5,000 writes of 10 KB during an outage. */
  heapBytes: 5 * 1024 * 1024,
  /** A busy machine may add this to a promised time. */
  busyMs: 500,
  /** What thousands of concurrent operations may add. */
  burstMs: 1000,
  /** A busy machine may add this to the median above. */
  busyLaterMs: 20,
};

export const DEFAULT_COMMAND_TIMEOUT_MS = 500;

/** What the suite leaves in the store expires after this time. */
export const ENTRY_TTL_MS = 10 * 60_000;

/** Longest time that the suite gives an operation. */
export function limitOf(commandTimeoutMs: number): number {
  return commandTimeoutMs + LIMITS.settledMs + LIMITS.busyMs;
}
