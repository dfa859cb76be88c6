import { createClient } from 'redis';
import type { RedisOptions } from './redisOptions';

/** Longest that a connection stays silent: pings go out more often, so only a handshake that hangs is cut by this. */
const SOCKET_TIMEOUT_MS = 2500;
const MAX_RECONNECT_DELAY_MS = 500;

export type RedisClient = ReturnType<typeof createRedisClient>;

/** A client that fails fast when offline, reconnects for ever, and sends nothing that was not asked for. */
export function createRedisClient({ url, connectTimeoutMs = 2000 }: RedisOptions) {
  return createClient({
    url,
    // HELLO, which RESP 3 begins with, is refused by Redis before 6 and by several proxies; nothing here needs it.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // A queue of commands would be replayed after an outage, over newer values.
    disableOfflineQueue: true,
    // Bounds what a connection that has gone silent can hold until it is replaced.
    commandsQueueMaxLength: 20_000,
    // Core has the deadline; this one covers unsent commands only and costs several times the throughput.
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: connectTimeoutMs,
      socketTimeout: Math.max(SOCKET_TIMEOUT_MS, connectTimeoutMs),
      keepAlive: true,
      keepAliveInitialDelay: 10_000,
      noDelay: true,
      reconnectStrategy: retries => {
        const delayMs = Math.min(50 * 2 ** Math.min(retries, 10), MAX_RECONNECT_DELAY_MS);
        return delayMs / 2 + (Math.random() * delayMs) / 2;
      },
    },
  });
}
