import { CacheError, isCacheError } from '@greenroom/cache-core';
import type { EntryListOptions, EntryPage } from '@greenroom/cache-core';
import type { CommandSender } from '../connection/clientAdapter';
import type { Master } from '../connection/storeConnection';
import { withDeadline } from '../connection/withDeadline';
import { createEntryDetails } from './entryDetails';
import type { EntryDetails } from './entryDetails';
import { MAX_KEYS_OF_SCAN } from './serverScan';
import type { ServerScan } from './serverScan';

/** Longest time for one page, after which the server is skipped. Shorter than the 2 s that core waits for a page. */
const PAGE_TIMEOUT_MS = 1500;

/** A listing of the entries of servers, one server after another. */
export interface EntryScan {
  readonly scan: ServerScan;
  readonly masters: readonly Master[];
  readonly prefix: string;
  readonly options: EntryListOptions;
}

/**
 * Yields one page per SCAN. A server that cannot be reached gets a page that lists it as `unreached`. If no server can be reached, the
 * error is thrown.
 */
export async function* scanEntries({ scan, masters, prefix, options }: EntryScan): AsyncGenerator<EntryPage, void> {
  const { pageSize = MAX_KEYS_OF_SCAN, signal } = options;
  const details = options.details ? createEntryDetails() : undefined;
  // Sorted, because the order of the masters follows their slots, which may move from one page to the next.
  const servers = masters.toSorted((one, other) => (one.address < other.address ? -1 : 1));
  const start = readCursor(options.cursor, servers);
  let isAnyReached = options.cursor !== undefined;
  for (const [index, master] of servers.entries()) {
    if (index < start.index) continue;
    const nextAddress = servers[index + 1]?.address;
    const nextServer = nextAddress === undefined ? {} : { cursor: `${nextAddress}/0` };
    let cursor = index === start.index ? start.cursor : '0';
    try {
      do {
        if (signal?.aborted) return;
        if (!master.client) throw master.error;
        const page = readPage({ scan, client: master.client, prefix, cursor, count: pageSize, details });
        const { entries, next } = await withDeadline(page, {
          timeoutMs: PAGE_TIMEOUT_MS,
          error: toSilentError(master),
        });
        cursor = next;
        isAnyReached = true;
        yield { entries, ...(next === '0' ? nextServer : { cursor: `${master.address}/${next}` }) };
      } while (cursor !== '0');
    } catch (error) {
      const isOnly = servers.length === 1 || (nextAddress === undefined && !isAnyReached);
      if (isOnly || !isUnreached(master, error)) throw error;
      yield { entries: [], ...nextServer, unreached: [master.address] };
    }
  }
}

/** Whether the error concerns only this server, so that the others can still be asked. */
export function isUnreached(master: Master, error: unknown): boolean {
  return !master.client || isCacheError(error, 'CACHE_UNAVAILABLE') || isCacheError(error, 'CACHE_TIMEOUT');
}

interface PageRequest {
  readonly scan: ServerScan;
  readonly client: CommandSender;
  readonly prefix: string;
  readonly cursor: string;
  readonly count: number;
  readonly details: EntryDetails | undefined;
}

async function readPage({ scan, client, prefix, cursor, count, details }: PageRequest) {
  const found = await scan.next(client, prefix, cursor, count);
  const entries = details ? await details.read(client, found.keys) : found.keys.map(key => ({ key }));
  return { entries, next: found.cursor };
}

/** Reads where to resume. A cursor names its server, because each server has SCAN cursors of its own. */
function readCursor(cursor: string | undefined, servers: readonly Master[]): { index: number; cursor: string } {
  if (cursor === undefined) return { index: 0, cursor: '0' };
  const [, address, position] = /^(.+)\/(\d{1,20})$/.exec(cursor) ?? [];
  const index = servers.findIndex(server => server.address === address);
  if (position !== undefined && index >= 0) return { index, cursor: position };
  throw new CacheError(
    'CACHE_INVALID_CURSOR',
    'The cursor is not one of this store, or its server is no longer a master: list from the start',
  );
}

function toSilentError({ address }: Master): CacheError {
  return new CacheError(
    'CACHE_TIMEOUT',
    `The server at ${address} did not list its entries within ${PAGE_TIMEOUT_MS} ms`,
  );
}
