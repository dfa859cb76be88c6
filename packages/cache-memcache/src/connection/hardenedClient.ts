import { CacheError } from '@greenroom/cache-core';
import type { DriverHost } from '@greenroom/cache-core';
import { keepConnected } from '@greenroom/cache-core/connection';
import type { KeptConnection } from '@greenroom/cache-core/connection';
import Memcached from 'memcached';
import { clientOptions } from '../options/memcacheOptions';
import type { MemcacheOptions } from '../options/memcacheOptions';
import type { MemcacheServer } from '../options/parseAddress';
import type { ServerAddress } from '../options/serverAddress';
import { toServerName } from '../options/serverName';
import type { Command } from '../protocol/commandQueue';
import type { MemcacheClient } from './memcacheClient';
import { toUnavailable } from './memcacheError';
import { openServerConnection } from './serverConnection';
import type { ServerConnection, ServerSettings } from './serverConnection';

/** Members of npm memcached 2.2.2 that its types lack. The version is pinned because of them. */
interface Library {
  get(key: string, callback: Command['callback']): void;
  set(key: string, text: string, expiry: number, callback: Command['callback']): void;
  del(key: string, callback: Command['callback']): void;
  /** Chooses the server of a key when there are several. */
  readonly HashRing: { get(key: string): string };
  /** The connection pool of each server, from which the library pulls a connection for each command. */
  readonly connections: Record<string, ServerConnection>;
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

/**
 * The client of the store: npm memcached, which finds the server for a key (ketama hashing) and writes the commands. Its
 * handling of connections and replies is replaced, in the two places below.
 */
export function createHardenedClient(options: MemcacheOptions, host: DriverHost): MemcacheClient {
  const library = new Memcached(options.servers.map(toRingName), libraryOptions) as unknown as Library;

  // After any issue, such as one large value or a burst at the start, the library would not use a server for 30 s and then
  // spawn `ping`; if that program is missing, our process crashes.
  library.connectionIssue = () => {};

  const keep = (server: MemcacheServer) => {
    const settings = toSettings(options, server);
    const kept: KeptConnection<ServerConnection> = keepConnected<ServerConnection>(
      {
        serverName: settings.name,
        open: (signal, lost) => openServerConnection(settings, signal, { lost, blocked: error => kept.replace(error) }),
        ping: connection => connection.ping(),
        close: connection => connection.close(),
        toCacheError: error => toUnavailable(settings.name, error),
        // The library's pools refuse commands while they connect, keep sockets that never connect, and leave the commands of
        // a lost connection without an answer. Its reader mistakes the text of a value for replies, and parses values by
        // their flags outside any callback: what one client writes can crash another, or give it the value of another key.
        prepare: connection => {
          library.connections[toRingName(server)] = connection;
        },
      },
      options,
      {
        connected: () => host.connected(),
        disconnected: error => {
          // A lost server of several is not an outage: only its keys fail.
          if (servers.every(({ state }) => state === 'disconnected')) host.disconnected(error);
        },
      },
    );
    return kept;
  };
  const byRingName = new Map(options.servers.map(server => [toRingName(server), keep(server)]));
  const servers = [...byRingName.values()];
  const [first, second] = servers;
  if (!first) throw new CacheError('CACHE_CONFIG', 'Memcached needs one server at least');
  const serverOf = (key: string) => (second && byRingName.get(library.HashRing.get(key))) ?? first;
  const run = (key: string, command: (callback: Command['callback']) => void) =>
    serverOf(key).use(() => replyOf(command));

  return {
    get: async key => {
      const text = await run(key, callback => library.get(key, callback));
      return text === undefined ? undefined : withoutEscapes(text);
    },
    set: async (key, text, expiry) => {
      await run(key, callback => library.set(key, text, expiry, callback));
    },
    delete: async key => {
      await run(key, callback => library.del(key, callback));
    },
    connections: () => servers.reduce((count, server) => count + server.connections(), 0),
    close: async () => {
      await Promise.all(servers.map(server => server.close()));
    },
  };
}

/** The name of a server in the hash ring. The library splits it at the last colon. Sockets are named as in libmemcached. */
function toRingName(address: ServerAddress): string {
  return 'path' in address ? `${address.path}:0` : toServerName(address);
}

function toSettings(options: MemcacheOptions, { credentials, ...address }: MemcacheServer): ServerSettings {
  const defaultMaxValueBytes = clientOptions.maxValueBytes.default;
  const { tls, maxValueBytes = 0 } = options;
  return {
    name: `Memcached at ${toServerName(address)}`,
    address,
    credentials: credentials ?? options.credentials,
    tls,
    // At least the default item size is read. Doubled, because the library adds a backslash before each line end.
    maxReadBytes: 2 * Math.max(maxValueBytes, defaultMaxValueBytes),
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
