import { CacheError } from '../contract/cacheError';
import { DurationError, durationObjectToMs, durationTextToMs } from '../contract/duration';
import type { HumanDuration } from '../contract/duration';
import type { Ttl } from '../contract/extendedCache';

/** A valid ttl: a whole number of ms of at least 1, `undefined` for no expiry, or `'expired'` for 0 or less. */
export type EntryTtl = number | undefined | 'expired';

/**
 * Reads the ttl of a `set`. Fractions round up; 0 or less is `'expired'`; more than 2^53 - 1 ms means no expiry. Throws
 * CACHE_INVALID_TTL for anything but a number or a duration object.
 */
export function toTtl(ttl: number | HumanDuration): EntryTtl {
  try {
    return toTtlMs(ttl);
  } catch (error) {
    throw invalid('CACHE_INVALID_TTL', 'ttl', error);
  }
}

/** Limits a ttl to `maxTtlMs`, if there is such a limit. */
export function limitTtl(ttl: EntryTtl, maxTtlMs: number | undefined): EntryTtl {
  if (maxTtlMs === undefined || ttl === 'expired') return ttl;
  return ttl === undefined ? maxTtlMs : Math.min(ttl, maxTtlMs);
}

/**
 * Reads a `defaultTtl` or `maxTtl` given in code, as {@link toTtl} does. Throws CACHE_CONFIG when it is invalid, and when it is 0 or less,
 * since no entry could ever be stored.
 */
export function toDefaultTtl(defaultTtl: number | HumanDuration, name = 'defaultTtl'): number | undefined {
  let ttl: EntryTtl;
  try {
    ttl = toTtlMs(defaultTtl);
  } catch (error) {
    throw invalid('CACHE_CONFIG', name, error);
  }
  if (ttl === 'expired') throw new CacheError('CACHE_CONFIG', `Invalid ${name}: expected more than 0 ms`);
  return ttl;
}

/**
 * Reads the duration in the option `name` of the extended cache as whole ms, rounded up. Returns 0 for 0 or less, and `Infinity` for more
 * than 2^53 - 1. Throws a `CacheError` with `code` for anything but a duration, and for a negative one when `least` is given, which says
 * what is expected instead.
 */
export function toDurationMs(
  name: string,
  duration: Ttl,
  code: 'CACHE_INVALID_TTL' | 'CACHE_CONFIG',
  least?: 'of 0 or more' | 'above 0',
): number {
  try {
    const ms = typeof duration === 'string' ? durationTextToMs(duration) : toMs(duration, TTL_FORMS);
    if (least && ms < 0) throw new DurationError(`expected a duration ${least}`);
    const ttl = toTtlMs(ms);
    return ttl === 'expired' ? 0 : (ttl ?? Infinity);
  } catch (error) {
    throw invalid(code, name, error);
  }
}

const TTL_FORMS = "a number of ms, text such as '5m',";

function toMs(duration: number | HumanDuration, otherForms?: string): number {
  return typeof duration === 'number' ? duration : durationObjectToMs(duration, otherForms);
}

function toTtlMs(ttl: number | HumanDuration): EntryTtl {
  const ms = Math.ceil(toMs(ttl));
  if (Number.isNaN(ms)) throw new DurationError('expected a number of ms, got NaN');
  if (ms <= 0) return 'expired';
  return ms <= Number.MAX_SAFE_INTEGER ? ms : undefined;
}

function invalid(code: 'CACHE_INVALID_TTL' | 'CACHE_CONFIG', name: string, error: unknown): unknown {
  return error instanceof DurationError ? new CacheError(code, `Invalid ${name}: ${error.message}`) : error;
}
