import type { LoadDecision } from './loadContext';
import type { LoadSettings } from './loadSettings';

/** For how long, counted from the write. `undefined`: the store decides; `Infinity`: no expiry. */
export interface EntryLife {
  /** 0: nothing is stored. */
  readonly freshMs: number | undefined;
  /** With the stale life; never below `freshMs`. */
  readonly storedMs: number | undefined;
}

/** The life of what a load returned. `null` is never stale, and neither is a value whose own ttl the load has set. */
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

/** By whole ms; a life above 0 stays above 0. */
function shorten(ttlMs: number, jitter: number): number {
  return jitter === 0 || ttlMs === Infinity ? ttlMs : ttlMs - Math.floor(Math.random() * jitter * ttlMs);
}
