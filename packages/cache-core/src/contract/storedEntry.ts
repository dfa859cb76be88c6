/** An entry that a store holds, without its value. */
export interface StoredEntry {
  /** The stored key, with namespace and plugin id. */
  readonly key: string;
  /** Bytes of key and text, as the store counts them. Absent without details, and when the store does not report them. */
  readonly bytes?: number;
  /** Time until the entry expires, in ms; `null` when it never does. Absent without details, and when the store does not report it. */
  readonly expiresInMs?: number | null;
}

/** One page of a listing of entries. */
export interface EntryPage {
  /** The entries of the page. The list may be empty although more pages follow. */
  readonly entries: readonly StoredEntry[];
  /** With it, another listing continues after this page. Absent on the last page, and when listings of the store cannot be resumed. */
  readonly cursor?: string;
  /** Servers that could not be asked, as `host:port`; their entries are not listed. */
  readonly unreached?: readonly string[];
}

/** What a driver should list. */
export interface EntryListOptions {
  /** Whether sizes and expiries are wanted. A store that has them at no cost may always give them. */
  readonly details: boolean;
  /** Number of entries that a page should have. A page may have fewer, or a few more. @defaultValue 500 */
  readonly pageSize?: number;
  /**
   * Cursor of an earlier page, after which the listing continues. The listing rejects with CACHE_INVALID_CURSOR when the cursor leads
   * nowhere.
   *
   * @defaultValue from the start
   */
  readonly cursor?: string;
  /** When it fires, the listing must end at once. */
  readonly signal?: AbortSignal;
}

/** How to clear. */
export interface ClearOptions {
  /**
   * Whether the clear skips servers that cannot be asked and returns them as `unreached`, as long as it can ask at least one. Otherwise it
   * rejects, without going through the remaining servers. @defaultValue false
   */
  readonly allowsUnreached?: boolean;
}

/** What a clear has removed. */
export interface ClearedEntries {
  /** Number of entries that it has removed; absent when that is not known. */
  readonly entries?: number;
  /** Servers that could not be asked, as `host:port`; their entries are still there. */
  readonly unreached?: readonly string[];
}

/** What a store in the process holds for one prefix, and has removed for it since the store was created. */
export interface EntryFigures {
  /** Number of entries in the store. */
  readonly entries: number;
  /** Bytes that they take. */
  readonly bytes: number;
  /** Entries that were removed to make room for others. */
  readonly evictions: number;
  /** Entries that were removed because their ttl was over. */
  readonly expiries: number;
}
