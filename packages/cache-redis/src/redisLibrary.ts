import { isCacheError } from '@greenroom/cache-core';
import { fromConnectionError, fromErrorReply } from '@greenroom/resp';
import type { ClientLibrary, RespClient } from '@greenroom/resp';
import { createClient, ErrorReply } from 'redis';

/** npm `redis`, as the connections use it: whoever makes a client decides what happens when its connection is lost. */
export function createRedisLibrary(): ClientLibrary {
  // For each client with options of its own the library makes a class, which takes tens of ms. Copies of one share its class.
  const template = createClient({
    // HELLO, which RESP 3 begins with, is refused by Redis before 6 and by several proxies; nothing here needs it.
    RESP: 2,
    // Sent as the first command, whose answer proves that the server is alive and not only its socket open.
    clientInfoTag: 'greenroom',
    maintNotifications: 'disabled',
    // A queue of commands would be replayed after an outage, over newer values.
    disableOfflineQueue: true,
    // Core has the deadline; this one covers unsent commands only and costs several times the throughput.
    commandOptions: { timeout: 0 },
  });

  return {
    serverName: 'Redis',

    createClient({ host, port, tls, username, password, database }, connectTimeoutMs, onLost): RespClient {
      const client = template.duplicate({
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(database !== undefined && { database }),
        socket: {
          ...(tls && { ...tls, tls: true as const }),
          host,
          port,
          connectTimeout: connectTimeoutMs,
          reconnectStrategy: false,
          keepAlive: true,
          keepAliveInitialDelay: 10_000,
          noDelay: true,
        },
      });
      client.on('error', onLost);
      return {
        get isReady() {
          return client.isReady;
        },
        connect: () => client.connect(),
        send: words => client.sendCommand(words),
        destroy() {
          if (client.isOpen) client.destroy();
        },
      };
    },

    toCacheError,
  };
}

/** Maps an error of the client library, whose own text is not shown when it can hold what was sent. */
function toCacheError(error: unknown) {
  if (isCacheError(error)) return error;
  if (error instanceof ErrorReply) return fromErrorReply('Redis', error.message, error);
  return fromConnectionError('Redis', error);
}
