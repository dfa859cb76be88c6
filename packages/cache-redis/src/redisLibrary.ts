import { isCacheError } from '@greenroom/cache-core';
import { withEncodedValue, fromConnectionError, fromErrorReply, withServerName } from '@greenroom/resp';
import type { ClientLibrary, RespClient, ServerPlace } from '@greenroom/resp';
import { ErrorReply, RedisClient } from 'redis';
import { withSocket } from './withSocket';
import { writevJoined } from './writevJoined';

/** Options of streams that sockets take as well (`writev` without TLS), though the types of neither library know them. */
const streamOptions = {
  // Is written at once, before the library waits until it is on its way: the 16 KiB of Node are less than many single values.
  highWaterMark: 1024 * 1024,
  writev: writevJoined,
};

/** npm `redis`, as the connections use it: whoever makes a client decides what happens when its connection is lost. */
export function createRedisLibrary(): ClientLibrary {
  return {
    serverName: 'Redis',

    createClient({ tls, username, password, database, ...address }, connectTimeoutMs, onLost, onSocket): RespClient {
      // `createClient` would make a class with a method for each command of Redis and its modules first: tens of ms in which
      // the process does nothing else.
      const client = new RedisClient({
        // HELLO, which RESP 3 begins with, is refused by Redis before 6 and by several proxies; nothing here needs it.
        RESP: 2,
        // Some proxies end a connection at CLIENT, or whatever else they do not know.
        disableClientInfo: true,
        maintNotifications: 'disabled',
        // A queue of commands would be replayed after an outage, over newer values.
        disableOfflineQueue: true,
        // Core has the deadline; this one covers unsent commands only and costs several times the throughput.
        commandOptions: { timeout: 0 },
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(database !== undefined && { database }),
        socket: {
          ...(tls && { ...withServerName(tls, address), tls: true as const }),
          ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
          connectTimeout: connectTimeoutMs,
          reconnectStrategy: false,
          keepAlive: true,
          keepAliveInitialDelay: 10_000,
          noDelay: true,
          ...streamOptions,
        },
      });
      client.on('error', onLost);
      return {
        get isReady() {
          return client.isReady;
        },
        connect: () => (onSocket ? withSocket(() => client.connect(), onSocket) : client.connect()),
        send: words => client.sendCommand(withEncodedValue(words)),
        destroy() {
          if (client.isOpen) client.destroy();
        },
      };
    },

    isErrorReply: error => error instanceof ErrorReply,
    toCacheError,
  };
}

/** Maps an error of the client library, whose own text is not shown when it can hold what was sent. */
function toCacheError(error: unknown, place: ServerPlace = { serverName: 'Redis' }) {
  if (isCacheError(error)) return error;
  if (error instanceof ErrorReply) return fromErrorReply(place, error.message);
  return fromConnectionError(place, error);
}
