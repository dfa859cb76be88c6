import { CacheError, isCacheError } from '@greenroom/cache-core';
import type { EntryListOptions, EntryPage, StoredEntry } from '@greenroom/cache-core';
import { readMetadump } from './metadump';
import type { ServerSettings } from './serverConnection';

const DEFAULT_PAGE_SIZE = 500;

/** A server, and its name in pages. */
export interface ListedServer {
  readonly address: string;
  readonly settings: ServerSettings;
}

/**
 * Lists the entries of all servers, one server after another. A server that cannot be reached gets a page that lists it as `unreached`.
 * If no server can be reached, the error is thrown.
 */
export async function* listEntries(
  servers: readonly ListedServer[],
  prefix: string,
  { pageSize = DEFAULT_PAGE_SIZE, cursor, signal }: EntryListOptions,
): AsyncGenerator<EntryPage, void> {
  if (cursor !== undefined) {
    throw new CacheError(
      'CACHE_INVALID_CURSOR',
      'Memcached has no cursors, as it cannot resume a listing: list from the start',
    );
  }
  let isAnyReached = false;
  for (const [index, { address, settings }] of servers.entries()) {
    let page: StoredEntry[] = [];
    try {
      for await (const entries of readMetadump(settings, signal)) {
        isAnyReached = true;
        for (const entry of entries) {
          if (!entry.key.startsWith(prefix)) continue;
          page.push(entry);
          if (page.length < pageSize) continue;
          yield { entries: page };
          page = [];
        }
        // Yields even when no entry has the prefix, because the next ones may take long to arrive.
        yield { entries: page };
        page = [];
      }
    } catch (error) {
      const isOnly = servers.length === 1 || (index === servers.length - 1 && !isAnyReached);
      if (signal?.aborted || isOnly || !isUnreached(error)) throw error;
      yield { entries: page, unreached: [address] };
    }
  }
}

/** Whether the error concerns only this server, so that the others can still be asked. */
function isUnreached(error: unknown): boolean {
  return isCacheError(error, 'CACHE_UNAVAILABLE') || isCacheError(error, 'CACHE_TIMEOUT');
}
