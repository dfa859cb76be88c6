/** An entry that a store holds, without its value. */
export interface StoredEntry {
  /** The stored key, with namespace and plugin id. */
  readonly key: string;
  /** Bytes of key and text, as the store counts them. Absent without details, and where the store does not tell. */
  readonly bytes?: number;
  /** Time until the entry expires, in ms; `null` when it never does. Absent without details, and where the store does not tell. */
  readonly expiresInMs?: number | null;
}

/** A part of the entries of a store. */
export interface EntryPage {
  /** May be empty while there is more. */
  readonly entries: readonly StoredEntry[];
  /** Goes on after this page. Absent on the last page, and where a listing cannot be resumed. */
  readonly cursor?: string;
  /** Servers that could not be asked, as `host:port`; their entries are not listed. */
  readonly unreached?: readonly string[];
}

/** What a driver is to list. */
export interface EntryListOptions {
  /** Whether sizes and expiries are wanted. A store that has them at no cost may always give them. */
  readonly details: boolean;
  /** Entries that a page should have. One may have fewer, or a few more. @defaultValue 500 */
  readonly pageSize?: number;
  /** A cursor of an earlier page. One that leads nowhere rejects with CACHE_INVALID_CURSOR. @defaultValue from the start */
  readonly cursor?: string;
  /** The listing is to end at once. */
  readonly signal?: AbortSignal;
}

/** How to clear. */
export interface ClearOptions {
  /**
   * Whether servers that cannot be asked are passed over and told, as long as one can. Otherwise a clear rejects before it has gone
   * through all others. @defaultValue false
   */
  readonly allowsUnreached?: boolean;
}

/** What a clear has removed. */
export interface ClearedEntries {
  /** Entries that it has removed; absent when that is not known. */
  readonly entries?: number;
  /** Servers that could not be asked, as `host:port`; their entries are still there. */
  readonly unreached?: readonly string[];
}

/** What a store in the process holds of one prefix, and has removed of it since it was created. */
export interface EntryFigures {
  /** Entries in the store. */
  readonly entries: number;
  /** Bytes that they take. */
  readonly bytes: number;
  /** Entries that were removed to make room for others. */
  readonly evictions: number;
  /** Entries that were removed because their ttl was over. */
  readonly expiries: number;
}
