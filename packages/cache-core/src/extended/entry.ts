/** A value in the cache, as text. */
export interface Entry {
  readonly json: string;
  readonly metaJson?: string | undefined;
  /** In ms since 1970; `Infinity`: as long as the store keeps it. */
  readonly freshUntilMs: number;
  /** Until when it may be served while it is loaded anew; at least `freshUntilMs`. */
  readonly staleUntilMs: number;
}

/** An entry without freshness, as a plain `set` writes it. */
export function toPlainEntry(json: string): Entry {
  return { json, freshUntilMs: Infinity, staleUntilMs: Infinity };
}

export function isFresh(entry: Entry | undefined): entry is Entry {
  return entry !== undefined && isAhead(entry.freshUntilMs);
}

/** Whether it may be served, fresh or stale. */
export function isServable(entry: Entry | undefined): entry is Entry {
  return entry !== undefined && isAhead(entry.staleUntilMs);
}

export function isAhead(timeMs: number): boolean {
  // Asking for the time costs more than the comparison.
  return timeMs === Infinity || timeMs > Date.now();
}
