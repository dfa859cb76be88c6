/** The scenarios, in the order of the table. */
export const scenarios = [
  'down at the start, 3 s',
  'refuses connections, 3 s',
  'killed, 3 s',
  'frozen, 5 s',
  'old connections silent, new ones work',
  'network swallows everything, 5 s',
  'replies 2 s late, 5 s',
  'replies cut, 3 s',
  'replies garbage, 3 s',
  'frozen 5 s, 5,000 operations in flight',
  'refuses connections, 5,000 sets of 10 KB',
  '50 plugins',
] as const;

export type Scenario = (typeof scenarios)[number];

export const stores = ['redis', 'valkey', 'memcache'] as const;
export type Store = (typeof stores)[number];

export const subjects = ['built-in', 'greenroom'] as const;
export type Subject = (typeof subjects)[number];

/** Results of one run. What a scenario does not measure is absent. */
export interface Result {
  readonly longestMs?: number;
  readonly medianLaterMs?: number;
  readonly unsettled?: number;
  readonly rejected?: number;
  readonly staleReads?: number;
  readonly wrongReads?: number;
  /** Time until the first good read after the end of the fault, or after its beginning if it ends by itself. Absent if there was none. */
  readonly recoveredMs?: number;
  readonly heapMegabytes?: number;
  readonly connections?: number;
  /** Version of the server, such as `redis 7.0.15`. */
  readonly serverVersion: string;
  readonly uncaught: number;
  readonly logLines: number;
}
