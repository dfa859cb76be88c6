import Memcached from 'memcached';
import type { DriverHost } from '@greenroom/cache-core';
import type { Command } from './commandQueue';
import type { MemcacheClient } from './memcacheClient';
import { clientOptions } from './memcacheOptions';
import type { MemcacheOptions } from './memcacheOptions';
import type { MemcacheServer } from './parseAddress';
import type { ServerAddress } from './serverAddress';
import { toServerName } from './serverName';
import { createServerLink } from './serverLink';
import type { PullCallback } from './serverLink';
import type { ServerSettings } from './serverConnection';

/** What npm memcached 2.2.2 has, and its types do not say. The version is pinned because of this. */
interface Library {
  get(key: string, callback: Command['callback']): void;
  set(key: string, text: string, expiry: number, callback: Command['callback']): void;
  del(key: string, callback: Command['callback']): void;
  /** The pool of connections of each server: what is not there yet, it makes itself. */
  readonly connections: Record<string, { pull(callback: PullCallback): void }>;
  /** Called for everything that goes wrong with a connection, before the callback of the command. */
  connectionIssue(): void;
}

/** All that has a say in the commands, because `Memcached.config` changes the defaults for the whole process. */
const libraryOptions = {
  algorithm: 'md5',
  compatibility: 'ketama',
  namespace: '',
  maxKeySize: 250,
  keyCompression: false,
  // The limit is the store's.
  maxValue: Number.MAX_SAFE_INTEGER,
  maxQueueSize: -1,
  redundancy: false,
  remove: false,
  debug: false,
};

const CHECK_INTERVAL_MS = 1000;
// Node makes 1 ms of a longer timer.
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The npm package memcached as the client of the store. It finds the server for a key, by ketama hashing, and writes the
 * commands. What it does with connections and replies is replaced here, in the two places below.
 */
export function createHardenedClient(options: MemcacheOptions, host: DriverHost): MemcacheClient {
  const names = options.servers.map(toRingName);
  const library = new Memcached(names, libraryOptions) as unknown as Library;

  // The library would not use a server for 30 s after any issue, one large value or a burst at the start included, then look
  // for it by a `ping` process, whose absence ends this one. A link takes up its server again by itself.
  library.connectionIssue = () => {};

  // The library's pools refuse commands while they connect, keep sockets that never do so, and give no one the commands of
  // a connection that is lost. Its reader takes the text of a value for replies, and parses values by their flags, outside of
  // any callback: what one client writes, can end another or give it the value of another key. A link has its own reader.
  const links = options.servers.map(server => {
    const link = createServerLink(toSettings(options, server), {
      connected: () => host.connected(),
      disconnected: error => {
        // One server of several is not the store: its keys fail, the others go on.
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

/** The library splits the name at its last colon. That of a socket is the one that libmemcached gives it. */
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
    // What a server takes by default is read as well, and twice the bytes, because the library writes a backslash before line ends.
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

/** Takes back the backslashes that the library writes before line ends. */
function withoutEscapes(text: string): string {
  return text.replace(/\\([\r\n])/g, '$1');
}
