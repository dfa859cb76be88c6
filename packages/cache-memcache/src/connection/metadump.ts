import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError } from '@greenroom/cache-core';
import type { StoredEntry } from '@greenroom/cache-core';
import { readMetadumpLine } from '../protocol/metadumpLine';
import { performHandshake } from './handshake';
import { createLineSocket } from './lineSocket';
import type { LineSocket } from './lineSocket';
import { openSocket } from './serverConnection';
import type { ServerSettings } from './serverConnection';

/** Longest time until the first line. Core waits 2 s for a page. */
const START_TIMEOUT_MS = 1500;
/** A listing that nobody reads ends after this time. */
const IDLE_TIMEOUT_MS = 10_000;
const BUSY_PAUSE_MS = 100;
/** Most keys that are remembered in order to list each once, where the server may list a key twice. */
const MAX_KEYS_SEEN = 100_000;

/**
 * Lists the entries of a server by `lru_crawler metadump`, some at a time, over a connection of its own, so that no operation waits
 * behind it. The server walks its hash table in a separate thread; an older server walks its LRU lists instead, between which entries
 * can move meanwhile. Rejects with CACHE_UNSUPPORTED when the server does not list.
 */
export async function* readMetadump(
  settings: ServerSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly StoredEntry[], void> {
  const { name } = settings;
  const socket = openSocket(settings).setNoDelay(true).setTimeout(IDLE_TIMEOUT_MS);
  const stop = () => void socket.destroy();
  socket.on('timeout', stop);
  signal?.addEventListener('abort', stop);
  let isLate = false;
  const startTimer = setTimeout(() => {
    isLate = true;
    stop();
  }, START_TIMEOUT_MS);
  try {
    const lines = createLineSocket(socket, name);
    await performHandshake(name, command => lines.ask(command), settings.credentials, 'version');
    const { first, seen } = await startDump(lines, name);
    clearTimeout(startTimer);
    let received: readonly string[] = [first];
    for (;;) {
      const end = received.findIndex(line => line === 'END');
      const nowMs = Date.now();
      yield (end < 0 ? received : received.slice(0, end)).flatMap(line => {
        const entry = readMetadumpLine(line, nowMs);
        return entry && isNew(entry.key, seen) ? [entry] : [];
      });
      if (end >= 0) return;
      received = await lines.nextLines();
    }
  } catch (error) {
    throw isLate
      ? new CacheError('CACHE_TIMEOUT', `${name} did not list its entries within ${START_TIMEOUT_MS} ms`)
      : error;
  } finally {
    clearTimeout(startTimer);
    signal?.removeEventListener('abort', stop);
    socket.destroy();
  }
}

/** Starts the listing. `seen` is the set of keys listed so far; `undefined` when no key comes twice. */
async function startDump(lines: LineSocket, name: string): Promise<{ first: string; seen: Set<string> | undefined }> {
  for (let way = 'hash'; ;) {
    const first = await lines.ask(`lru_crawler metadump ${way}`);
    if (first === 'END' || first.startsWith('key=')) {
      return { first, seen: way === 'hash' ? undefined : new Set() };
    }
    if (first.startsWith('BUSY')) await sleep(BUSY_PAUSE_MS);
    // Older servers do not know `metadump hash`.
    else if (first.startsWith('BADCLASS') && way === 'hash') way = 'all';
    else throw toUnsupported(name, first);
  }
}

function toUnsupported(name: string, line: string): CacheError {
  const isOff = /crawler disabled/i.test(line);
  const reason = isOff
    ? 'its LRU crawler is off: start it without `-o no_lru_crawler`, or send `lru_crawler enable`'
    : 'it does not know `lru_crawler metadump`, as an old version or a proxy does not';
  return new CacheError('CACHE_UNSUPPORTED', `${name} cannot list its entries: ${reason}`);
}

function isNew(key: string, seen: Set<string> | undefined): boolean {
  if (!seen) return true;
  if (seen.has(key)) return false;
  if (seen.size < MAX_KEYS_SEEN) seen.add(key);
  return true;
}
