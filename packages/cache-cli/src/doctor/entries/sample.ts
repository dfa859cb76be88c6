/** The result of looking at a sample of a store's entries. */
export interface Sample {
  /** Number of keys with the prefix of the cache. */
  readonly own: number;
  /** Number of these whose expiry is known. */
  readonly withKnownExpiry: number;
  /** Number of these that never expire. */
  readonly withoutExpiry: number;
  /** Keys with the prefix, but of a form, type or content that Greenroom never writes. */
  readonly foreign: readonly string[];
  /** Entries and index sets of Backstage's built-in cache. */
  readonly leftovers: readonly string[];
  /** Whether the store has more entries than the sample. */
  readonly isPartial: boolean;
}

/** An entry of the sample. */
export interface SampledEntry {
  readonly key: string;
  /** Its text; absent when the entry is of another type or was not read. */
  readonly text?: string;
  /** Whether its value is something other than text. */
  readonly isOtherType?: boolean;
  readonly expires?: boolean;
}
