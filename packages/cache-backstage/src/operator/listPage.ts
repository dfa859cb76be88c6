import { CacheError } from '@greenroom/cache-core';
import type { CacheManager, StoredEntry } from '@greenroom/cache-core';
import type { CacheEntries, CacheEntry, EntriesOptions } from './cacheOperatorService';

/** The store is asked for at least this many entries at a time, as only a few of them may belong to the plugin. */
const MIN_PAGE_SIZE = 500;
/** After this time a page is returned as it is: the store can have millions of other entries between two of the plugin. */
const MAX_PAGE_MS = 2000;

/** Where a page begins: `skip` entries after a cursor of the store, or after the start. A store may have no cursors. */
interface Place {
  readonly cursor?: string;
  readonly skip: number;
}

type ListedPage = Pick<CacheEntries, 'entries' | 'cursor' | 'unreached'>;

/** Returns as many entries of a plugin as are asked for. Reads as many pages of the store as that takes. */
export async function listPage(manager: CacheManager, pluginId: string, options: EntriesOptions): Promise<ListedPage> {
  const { limit, details = false } = options;
  const start = parsePlace(options.cursor);
  const found = new Map<string, CacheEntry>();
  const unreached = new Set<string>();
  const toPage = (next?: Place): ListedPage => ({
    entries: [...found.values()],
    ...(next && { cursor: [next.skip, next.cursor ?? ''].join('.') }),
    ...(unreached.size > 0 && { unreached: [...unreached] }),
  });

  const endsAtMs = performance.now() + MAX_PAGE_MS;
  // `place` is where the current page of the store begins, `skip` how many of its entries an earlier answer has returned.
  let place: Place = { ...start, skip: 0 };
  let { skip } = start;
  const listing = manager.entries(pluginId, {
    ...{ details, pageSize: Math.max(limit, MIN_PAGE_SIZE) },
    ...(start.cursor !== undefined && { cursor: start.cursor }),
  });
  for await (const page of listing) {
    for (const server of page.unreached ?? []) unreached.add(server);
    for (const [index, entry] of page.entries.entries()) {
      if (index < skip) continue;
      if (found.size === limit) return toPage({ ...place, skip: place.skip + index });
      const listed = toEntry(manager, pluginId, entry);
      if (listed) found.set(entry.key, listed);
    }
    const { length } = page.entries;
    skip = page.cursor === undefined ? Math.max(skip - length, 0) : 0;
    place = page.cursor === undefined ? { ...place, skip: place.skip + length } : { cursor: page.cursor, skip: 0 };
    const isLate = performance.now() > endsAtMs;
    if (page.cursor !== undefined && (isLate || found.size === limit)) return toPage(place);
  }
  return toPage();
}

/** Throws CACHE_INVALID_CURSOR. */
function parsePlace(text: string | undefined): Place {
  if (text === undefined) return { skip: 0 };
  const [, skip, cursor] = /^(\d{1,9})\.(.*)$/.exec(text) ?? [];
  if (skip === undefined) throw new CacheError('CACHE_INVALID_CURSOR', 'The cursor is not one of an earlier answer');
  return { skip: Number(skip), ...(cursor && { cursor }) };
}

/** `undefined` for a lease, which only says that a process is loading a value. */
function toEntry(manager: CacheManager, pluginId: string, stored: StoredEntry): CacheEntry | undefined {
  const { key, bytes, expiresInMs } = stored;
  const described = manager.describeKey(key);
  if (described?.kind === 'lease') return undefined;
  const ownKey = described?.namespaces ? undefined : described?.key;
  return {
    // The stored form of any other key begins with a '!'.
    key: ownKey ?? key.slice(key.indexOf(`${pluginId}:!`) + pluginId.length + 1),
    ...(bytes !== undefined && { bytes }),
    ...(expiresInMs !== undefined && { expiresAt: toExpiry(expiresInMs) }),
  };
}

/** `null`: the entry never expires. That includes an expiry that is later than a `Date` can be. */
function toExpiry(expiresInMs: number | null): string | null {
  const expiry = new Date(Date.now() + (expiresInMs ?? NaN));
  return Number.isNaN(expiry.getTime()) ? null : expiry.toISOString();
}
