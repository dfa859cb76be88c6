import { isCacheError } from '@greenroom/cache-core';
import { fromConnectionError, fromErrorReply } from '@greenroom/resp';
import type { ClientLibrary, NodeAccess, RespClient } from '@greenroom/resp';
import { createClient, ErrorReply } from 'redis';

/** A connection that is being made is given up when it is silent for so long; one that is made is pinged more often. */
const SILENCE_TIMEOUT_MS = 2500;

/** Client options with which every promise of the store can be kept. */
export function toClientOptions({ username, password, database, tls }: NodeAccess, connectTimeoutMs: number) {
  return {
    // HELLO, which RESP 3 begins with, is refused by Redis before 6 and by several proxies; nothing here needs it.
    RESP: 2,
    // Sent as the first command, whose answer proves that the server is alive and not only its socket open.
    clientInfoTag: 'greenroom',
    maintNotifications: 'disabled',
    // A queue of commands would be replayed after an outage, over newer values.
    disableOfflineQueue: true,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    socket: {
      ...(tls && { ...tls, tls: true as const }),
      connectTimeout: connectTimeoutMs,
      socketTimeout: Math.max(SILENCE_TIMEOUT_MS, connectTimeoutMs),
      keepAlive: true,
      keepAliveInitialDelay: 10_000,
      noDelay: true,
    },
  } as const;
}

/** npm `redis`, as the connections use it: whoever makes a client decides what happens when its connection is lost. */
export const redisLibrary: ClientLibrary = {
  serverName: 'Redis',

  createClient({ host, port, ...access }, connectTimeoutMs, onLost): RespClient {
    const options = toClientOptions(access, connectTimeoutMs);
    const client = createClient({
      ...options,
      // Core has the deadline; this one covers unsent commands only and costs several times the throughput.
      commandOptions: { timeout: 0 },
      socket: { ...options.socket, host, port, reconnectStrategy: false },
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

  /** The client's own text is not shown when it can hold what was sent. */
  toCacheError(error) {
    if (isCacheError(error)) return error;
    if (error instanceof ErrorReply) return fromErrorReply('Redis', error.message, error);
    return fromConnectionError('Redis', error);
  },
};
