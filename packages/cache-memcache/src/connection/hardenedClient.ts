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
import { listEntries } from './listEntries';
import type { ListedServer } from './listEntries';
import { openServerConnection } from './serverConnection';
import type { ServerConnection, ServerSettings } from './serverConnection';

/** Members of npm memcached 2.2.2 that its types lack. The version is pinned because of them. */
interface Library {
  get(key: string, callback: Command['callback']): void;
  set(key: string, text: string, expiry: number, callback: Command['callback']): void;
  add(key: string, text: string, expiry: number, callback: Command['callback']): void;
  del(key: string, callback: Command['callback']): void;
  /** Chooses the server of a key. */
  readonly HashRing: { get(key: string): string };
  /** The connection pools, by server. The library pulls a connection for each command. */
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
 * The client of the store: npm memcached, which finds the server for a key (ketama hashing) and writes the commands. Its handling of
 * connections and replies is replaced in `prepare` and `connectionIssue` below.
 */
export function createHardenedClient(options: MemcacheOptions, host: DriverHost): MemcacheClient {
  const ofOne: DriverHost = {
    connected: () => host.connected(),
    disconnected: error => {
      // A lost server of several is not an outage: only its keys fail.
      if (servers.every(({ kept }) => kept.state === 'disconnected')) host.disconnected(error);
    },
  };
  const servers = options.servers.map(server => keepServer(options, server, ofOne));
  const serverOf = createServerChoice(servers);

  return {
    get: async key => {
      const text = await serverOf(key).run((library, callback) => library.get(key, callback));
      return text === undefined ? undefined : withoutEscapes(text);
    },
    set: async (key, text, expiry) => {
      await serverOf(key).run((library, callback) => library.set(key, text, expiry, callback));
    },
    add: async (key, text, expiry) => {
      const reply = await serverOf(key).run((library, callback) => library.add(key, text, expiry, callback));
      return reply === 'STORED';
    },
    delete: async key => {
      await serverOf(key).run((library, callback) => library.del(key, callback));
    },
    entries: (prefix, listOptions) => listEntries(servers, prefix, listOptions),
    servers: () => servers.map(({ address }) => address),
    connections: () => servers.reduce((count, { kept }) => count + kept.connections(), 0),
    close: async () => {
      await Promise.all(servers.map(({ kept }) => kept.close()));
    },
  };
}

/** A server, with its own instance of the library, which writes the commands to it. */
interface KeptServer extends ListedServer {
  readonly ringName: string;
  readonly kept: KeptConnection<ServerConnection>;
  /** Runs one command of the library, and returns its result. */
  run(command: (library: Library, callback: Command['callback']) => void): Promise<string | undefined>;
}

function keepServer(options: MemcacheOptions, server: MemcacheServer, host: DriverHost): KeptServer {
  const ringName = toRingName(server);
  const library = createLibrary([ringName]);
  const settings = toSettings(options, server);
  const kept: KeptServer['kept'] = keepConnected<ServerConnection>(
    {
      serverName: settings.name,
      open: (signal, lost) => openServerConnection(settings, signal, { lost, blocked: error => kept.replace(error) }),
      ping: connection => connection.ping(),
      close: connection => connection.close(),
      toCacheError: error => toUnavailable(settings.name, error),
      // The library's pools refuse commands while they connect, keep sockets that never connect, and leave the commands of a
      // lost connection without an answer. Its reader mistakes the text of a value for replies, and parses values by their
      // flags outside any callback: what one client writes can crash another, or give it the value of another key.
      prepare: connection => {
        library.connections[ringName] = connection;
      },
    },
    options,
    host,
  );
  const run: KeptServer['run'] = command =>
    kept.use(
      () =>
        new Promise((resolve, reject) => {
          command(library, (error, result) => (error === undefined ? resolve(result) : reject(error)));
        }),
    );
  return { ringName, address: toServerName(server), settings, kept, run };
}

function createLibrary(ringNames: readonly string[]): Library {
  const library = new Memcached([...ringNames], libraryOptions) as unknown as Library;
  // After any issue, such as one large value or a burst at the start, the library would not use a server for 30 s and then
  // spawn `ping`; if that program is missing, our process crashes.
  library.connectionIssue = () => {};
  return library;
}

/** Returns a function that finds the server of a key. */
function createServerChoice(servers: readonly KeptServer[]): (key: string) => KeptServer {
  const [first] = servers;
  if (!first) throw new CacheError('CACHE_CONFIG', 'Memcached needs one server at least');
  if (servers.length === 1) return () => first;
  const byRingName = new Map(servers.map(server => [server.ringName, server]));
  const { HashRing: ring } = createLibrary([...byRingName.keys()]);
  return key => byRingName.get(ring.get(key)) ?? first;
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

/** Removes the backslashes that the library adds before line ends. */
function withoutEscapes(text: string): string {
  return text.replace(/\\([\r\n])/g, '$1');
}
