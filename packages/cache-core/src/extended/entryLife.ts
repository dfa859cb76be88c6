import type { LoadDecision } from './loadContext';
import type { LoadSettings } from './loadSettings';

/** How long an entry is fresh and stored, counted from the write. `undefined`: the store decides; `Infinity`: no expiry. */
export interface EntryLife {
  /** 0: nothing is stored. */
  readonly freshMs: number | undefined;
  /** Includes the stale life; never below `freshMs`. */
  readonly storedMs: number | undefined;
}

/** The life of a loaded value. A `null`, and a value whose load has set its own ttl, is never served stale. */
export function toEntryLife(
  settings: Pick<LoadSettings, 'ttlMs' | 'staleTtlMs' | 'negativeTtlMs' | 'maxTtlMs' | 'jitter'>,
  decision: LoadDecision,
  isNull: boolean,
): EntryLife {
  const { ttlMs, staleTtlMs, negativeTtlMs, maxTtlMs = Infinity, jitter } = settings;
  if (isNull && decision.ttlMs === undefined && negativeTtlMs !== undefined) {
    return oneLife(Math.min(negativeTtlMs, maxTtlMs));
  }
  const askedMs = decision.ttlMs ?? ttlMs;
  if (askedMs === undefined) return oneLife(undefined);
  const nominalMs = Math.min(askedMs, maxTtlMs);
  const freshMs = shorten(nominalMs, jitter);
  const hasStaleLife = !isNull && decision.ttlMs === undefined && freshMs > 0 && staleTtlMs > nominalMs;
  return hasStaleLife ? { freshMs, storedMs: Math.min(staleTtlMs, maxTtlMs) } : oneLife(freshMs);
}

function oneLife(ms: number | undefined): EntryLife {
  return { freshMs: ms, storedMs: ms };
}

/** Shortens a ttl at random by whole ms, up to the given share. A ttl above 0 stays above 0. */
function shorten(ttlMs: number, jitter: number): number {
  return jitter === 0 || ttlMs === Infinity ? ttlMs : ttlMs - Math.floor(Math.random() * jitter * ttlMs);
}
