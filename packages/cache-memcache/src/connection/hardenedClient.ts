import Memcached from 'memcached';
import type { DriverHost } from '@greenroom/cache-core';
import type { Command } from '../protocol/commandQueue';
import type { MemcacheClient } from './memcacheClient';
import { clientOptions } from '../options/memcacheOptions';
import type { MemcacheOptions } from '../options/memcacheOptions';
import type { MemcacheServer } from '../options/parseAddress';
import type { ServerAddress } from '../options/serverAddress';
import { toServerName } from '../options/serverName';
import { createServerLink } from './serverLink';
import type { PullCallback } from './serverLink';
import type { ServerSettings } from './serverConnection';

/** Members of npm memcached 2.2.2 that its types lack. The version is pinned because of them. */
interface Library {
  get(key: string, callback: Command['callback']): void;
  set(key: string, text: string, expiry: number, callback: Command['callback']): void;
  del(key: string, callback: Command['callback']): void;
  /** The connection pool of each server. The library creates those that are missing. */
  readonly connections: Record<string, { pull(callback: PullCallback): void }>;
  /** Called on each problem with a connection, before the callback of the command. */
  connectionIssue(): void;
}

/** Every option that affects commands, because `Memcached.config` changes the defaults for the whole process. */
const libraryOptions = {
  algorithm: 'md5',
  compatibility: 'ketama',
  namespace: '',
  maxKeySize: 250,
  keyCompression: false,
  // The store checks the size itself.
  maxValue: Number.MAX_SAFE_INTEGER,
  maxQueueSize: -1,
  redundancy: false,
  remove: false,
  debug: false,
};

const CHECK_INTERVAL_MS = 1000;
// Node fires a longer timer after 1 ms.
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The client of the store: npm memcached, which finds the server for a key (ketama hashing) and writes the commands. Its
 * handling of connections and replies is replaced, in the two places below.
 */
export function createHardenedClient(options: MemcacheOptions, host: DriverHost): MemcacheClient {
  const names = options.servers.map(toRingName);
  const library = new Memcached(names, libraryOptions) as unknown as Library;

  // After any issue, such as one large value or a burst at the start, the library would not use a server for 30 s and then
  // spawn `ping`; if that program is missing, our process crashes. A link reconnects by itself.
  library.connectionIssue = () => {};

  // The library's pools refuse commands while they connect, keep sockets that never connect, and leave the commands of a
  // lost connection without an answer. Its reader mistakes the text of a value for replies, and parses values by their flags
  // outside any callback: what one client writes can crash another, or give it the value of another key. A link has its own
  // reader.
  const links = options.servers.map(server => {
    const link = createServerLink(toSettings(options, server), {
      connected: () => host.connected(),
      disconnected: error => {
        // A lost server of several is not an outage: only its keys fail.
        if (links.every(({ state }) => state === 'disconnected')) host.disconnected(error);
      },
    });
    library.connections[toRingName(server)] = link;
    return link;
  });
  const checkTimer = setInterval(() => links.forEach(link => link.check()), CHECK_INTERVAL_MS).unref();

  return {
    get: async key => {
      const text = await replyOf(callback => library.get(key, callback));
      return text === undefined ? undefined : withoutEscapes(text);
    },
    set: async (key, text, expiry) => {
      await replyOf(callback => library.set(key, text, expiry, callback));
    },
    delete: async key => {
      await replyOf(callback => library.del(key, callback));
    },
    connections: () => links.filter(({ state }) => state === 'connected').length,
    close: async () => {
      clearInterval(checkTimer);
      await Promise.all(links.map(link => link.close()));
    },
  };
}

/** The name of a server in the hash ring. The library splits it at the last colon. Sockets are named as in libmemcached. */
function toRingName(address: ServerAddress): string {
  return 'path' in address ? `${address.path}:0` : toServerName(address);
}

function toSettings(options: MemcacheOptions, { credentials, ...address }: MemcacheServer): ServerSettings {
  const { maxValueBytes: defaultMaxValueBytes, commandTimeout, connectTimeout } = clientOptions;
  const { tls, maxValueBytes = 0 } = options;
  const { commandTimeoutMs = commandTimeout.default, connectTimeoutMs = connectTimeout.default } = options;
  return {
    name: `Memcached at ${toServerName(address)}`,
    address,
    credentials: credentials ?? options.credentials,
    tls,
    // At least the default item size is read. Doubled, because the library adds a backslash before each line end.
    maxReadBytes: 2 * Math.max(maxValueBytes, defaultMaxValueBytes.default),
    commandTimeoutMs: Math.min(commandTimeoutMs, MAX_TIMER_MS),
    connectTimeoutMs: Math.min(connectTimeoutMs, MAX_TIMER_MS),
  };
}

function replyOf(run: (callback: Command['callback']) => void): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    run((error, result) => (error === undefined ? resolve(result) : reject(error)));
  });
}

/** Removes the backslashes that the library adds before line ends. */
function withoutEscapes(text: string): string {
  return text.replace(/\\([\r\n])/g, '$1');
}
