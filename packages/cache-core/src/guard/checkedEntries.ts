import type { ClearedEntries, EntryFigures, EntryPage, StoredEntry } from '../contract/storedEntry';
import { toWrongAnswer } from './driverError';

/** Maximum number of entries of one page: all of them are in memory at the same time. */
const MAX_ENTRIES = 10_000;
const MAX_SERVERS = 1000;
const MAX_TEXT = 1000;
/** `host:port`, or the path of a socket. No `@`, which would come after a user name and a password. */
const serverName = /^(?:\/[\x20-\x7e]{0,300}|[\x21-\x3f\x41-\x7e]{1,300})$/;

type Members<T> = { readonly [Member in keyof T]?: unknown };

/** Returns the page as plain data. Throws a `CacheError` for anything but a page of entries with this prefix. */
export function checkPage(store: string, prefix: string, page: unknown): EntryPage {
  const wrong = (expected: string) => toWrongAnswer(store, 'listed entries', page, expected);
  if (typeof page !== 'object' || page === null) throw wrong('a page of entries');
  const { entries, cursor, unreached } = page as Members<EntryPage>;
  if (!Array.isArray(entries) || entries.length > MAX_ENTRIES) throw wrong(`a list of ${MAX_ENTRIES} entries at most`);
  if (cursor !== undefined && !isText(cursor)) throw wrong('a page whose cursor is a short text');
  if (unreached !== undefined && !isServerList(unreached)) throw wrong('a page whose unreached is a list of servers');
  return {
    entries: entries.map(entry => {
      const checked = toEntry(entry, prefix);
      if (!checked) throw wrong('a list of entries with the prefix, their bytes and their time left');
      return checked;
    }),
    ...(cursor !== undefined && { cursor }),
    ...(unreached !== undefined && unreached.length > 0 && { unreached: [...unreached] }),
  };
}

/** Returns the valid members of a clear's result. Invalid ones are no failure: what has been removed need not be removed again. */
export function toCleared(cleared: unknown): ClearedEntries {
  const { entries, unreached } = Object(cleared) as Members<ClearedEntries>;
  return {
    ...(isCount(entries) && { entries }),
    ...(isServerList(unreached) && unreached.length > 0 && { unreached: [...unreached] }),
  };
}

/** Throws a `CacheError` for anything but a list of names. */
export function checkServers(store: string, servers: unknown): readonly string[] {
  if (isServerList(servers)) return [...servers];
  throw toWrongAnswer(store, 'named servers', servers, 'a list of servers, as host:port and without credentials,');
}

/** Throws a `CacheError` for anything but four counts. */
export function checkFigures(store: string, figures: unknown): EntryFigures {
  const { entries, bytes, evictions, expiries } = Object(figures) as Members<EntryFigures>;
  if (isCount(entries) && isCount(bytes) && isCount(evictions) && isCount(expiries)) {
    return { entries, bytes, evictions, expiries };
  }
  throw toWrongAnswer(store, 'counted entries', figures, 'entries, bytes, evictions and expiries');
}

function toEntry(entry: unknown, prefix: string): StoredEntry | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { key, bytes, expiresInMs } = entry as Members<StoredEntry>;
  if (!isText(key) || !key.startsWith(prefix)) return undefined;
  if (bytes !== undefined && !isAmount(bytes)) return undefined;
  if (expiresInMs !== undefined && expiresInMs !== null && !isAmount(expiresInMs)) return undefined;
  return { key, ...(bytes !== undefined && { bytes }), ...(expiresInMs !== undefined && { expiresInMs }) };
}

function isServerList(servers: unknown): servers is readonly string[] {
  return (
    Array.isArray(servers) &&
    servers.length <= MAX_SERVERS &&
    servers.every(server => typeof server === 'string' && serverName.test(server))
  );
}

function isText(text: unknown): text is string {
  return typeof text === 'string' && text.length > 0 && text.length <= MAX_TEXT;
}

function isAmount(amount: unknown): amount is number {
  return typeof amount === 'number' && Number.isFinite(amount) && amount >= 0;
}

function isCount(count: unknown): count is number {
  return isAmount(count) && Number.isInteger(count);
}
