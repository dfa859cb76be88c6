/** What a sample of the entries of a store has shown. */
export interface Sample {
  /** Keys that begin with the prefix of the cache. */
  readonly own: number;
  /** Of these, whose expiry is known. */
  readonly withKnownExpiry: number;
  /** Of these, that never expire. */
  readonly withoutExpiry: number;
  /** Keys with the prefix of a form, type or content that Greenroom never writes. */
  readonly foreign: readonly string[];
  /** Entries and index sets of the built-in cache. */
  readonly leftovers: readonly string[];
  /** Whether there was more than the sample. */
  readonly isPartial: boolean;
}

/** An entry of the sample. */
export interface SampledEntry {
  readonly key: string;
  /** Its text; absent when it is of another type, or was not read. */
  readonly text?: string;
  /** Whether its value is something else than text. */
  readonly isOtherType?: boolean;
  readonly expires?: boolean;
}
