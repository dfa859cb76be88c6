import type { SharedValue } from './sharedValue';

/** How long an entry is fresh, and what a load has stored beside its value. */
export interface Freshness {
  /** In ms since 1970; `Infinity`: as long as the store keeps it. */
  readonly freshUntilMs: number;
  /** Until when it may be served while it is loaded again; at least `freshUntilMs`. */
  readonly staleUntilMs: number;
  readonly metaJson?: string | undefined;
}

/** An entry in the cache. */
export interface Entry extends Freshness {
  readonly value: SharedValue;
  /** It was loaded, and kept in this process, while the store was away. */
  readonly isShielded?: true;
  /** It was answered by a near copy. */
  readonly isNear?: true;
}

/** An entry without freshness, as a plain `set` writes it. */
export function toPlainEntry(value: SharedValue): Entry {
  return { value, freshUntilMs: Infinity, staleUntilMs: Infinity, metaJson: undefined };
}

export function isFresh<T extends Freshness>(entry: T | undefined): entry is T {
  return entry !== undefined && isAhead(entry.freshUntilMs);
}

/** Whether it may be served, fresh or stale. */
export function isServable<T extends Freshness>(entry: T | undefined): entry is T {
  return entry !== undefined && isAhead(entry.staleUntilMs);
}

export function isAhead(timeMs: number): boolean {
  // Compared first, because asking for the time costs more.
  return timeMs === Infinity || timeMs > Date.now();
}
