import { CacheError } from '@greenroom/cache-core';
import type { EntryListOptions } from '@greenroom/cache-core';
import { hashOf } from './hashOf';

const PARTS = 256;
const PLACES = 2 ** 32;
const DEFAULT_PAGE_SIZE = 500;

/** Some keys, and the cursor at which the next page begins. */
interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor?: string;
}

/**
 * Divides keys into pages, in the order of their hashes. This order stays the same while entries are used, set and removed. So a later
 * listing can resume at the cursor of an earlier one without missing a key that was there all the time.
 */
interface KeyPages {
  add(key: string): void;
  take(): Generator<KeyPage, void>;
}

/** Throws CACHE_INVALID_CURSOR. */
export function createKeyPages({ cursor, pageSize = DEFAULT_PAGE_SIZE }: EntryListOptions): KeyPages {
  const from = readCursor(cursor);
  const parts = Array.from({ length: PARTS }, (): string[] => []);
  return {
    add(key) {
      const place = placeOf(key);
      if (place >= from) parts[Math.floor(place / (PLACES / PARTS))]?.push(key);
    },
    *take() {
      let keys: string[] = [];
      for (const part of parts) {
        for (const key of part.sort((one, other) => placeOf(one) - placeOf(other))) {
          const place = placeOf(key);
          // A cursor names a place, so keys with the same place are on one page.
          if (keys.length >= pageSize && place !== placeOf(keys.at(-1) ?? '')) {
            yield { keys, cursor: place.toString(36) };
            keys = [];
          }
          keys.push(key);
        }
      }
      yield { keys };
    },
  };
}

/** Spreads the hashes of similar keys. */
function placeOf(key: string): number {
  return Math.imul(hashOf(key), 0x9e3779b1) >>> 0;
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const place = /^[\da-z]{1,7}$/.test(cursor) ? parseInt(cursor, 36) : PLACES;
  if (place < PLACES) return place;
  throw new CacheError('CACHE_INVALID_CURSOR', 'The cursor is not one of this store: list from the start');
}
