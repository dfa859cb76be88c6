import { CacheError } from '../contract/cacheError';
import type { LoadContext } from '../contract/extendedCache';
import { decodeValue, encodeValue } from '../values/codec';
import { toDurationMs } from '../values/ttl';
import type { Entry } from '../values/entry';

/** What a load has decided, in addition to the value that it returned. */
export interface LoadDecision {
  /** Replaces `ttl`; 0: expired. */
  ttlMs?: number;
  metaJson?: string;
  keepsStale?: boolean;
  isSkipped?: boolean;
}

/** Creates the context of one load, which records in `decision` what the load decides. */
export function createLoadContext(signal: AbortSignal, stale: Entry | undefined, decision: LoadDecision): LoadContext {
  return {
    signal,
    ...(stale && { stale: toStale(stale) }),
    setTtl(ttl) {
      decision.ttlMs = toDurationMs('ttl', ttl, 'CACHE_INVALID_TTL');
    },
    setMeta(meta) {
      decision.metaJson = encodeValue(meta);
    },
    keepStale() {
      if (!stale) throw new CacheError('CACHE_INVALID_VALUE', 'There is no stale value to keep');
      decision.keepsStale = true;
      // The error only ends the load. `decision` determines the result, even if the load catches the error.
      throw new CacheError('CACHE_INVALID_VALUE', 'The load has ended with keepStale');
    },
    skip() {
      decision.isSkipped = true;
      return undefined;
    },
  };
}

function toStale({ value: { json }, metaJson }: Entry): NonNullable<LoadContext['stale']> {
  const value = decodeValue(json);
  return metaJson === undefined ? { value } : { value, meta: decodeValue(metaJson) };
}
