import type { NodeAccess } from '@greenroom/resp';
import { createClient } from 'redis';

/** Where a server is. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A client of one server. */
export type NodeClient = ReturnType<typeof createNodeClient>;

/** A connection that is being made is given up when it is silent for so long; one that is made is pinged more often. */
const SILENCE_TIMEOUT_MS = 2500;

/** Client options with which every promise of the store can be kept. */
export function toClientOptions({ username, password, database, tls }: NodeAccess, connectTimeoutMs = 2000) {
  return {
    // HELLO, which RESP 3 begins with, is refused by Redis before 6 and by several proxies; nothing here needs it.
    RESP: 2,
    // Sent as the first command, whose answer proves that the server is alive and not only its socket open.
    clientInfoTag: 'greenroom',
    maintNotifications: 'disabled',
    // A queue of commands would be replayed after an outage, over newer values.
    disableOfflineQueue: true,
    // Bounds what a connection that has gone silent can hold until it is replaced.
    commandsQueueMaxLength: 20_000,
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

/** A client that connects once: whoever made it decides what happens when the connection is lost. */
export function createNodeClient(address: ServerAddress, access: NodeAccess, connectTimeoutMs?: number) {
  const options = toClientOptions(access, connectTimeoutMs);
  return createClient({
    ...options,
    // Core has the deadline; this one covers unsent commands only and costs several times the throughput.
    commandOptions: { timeout: 0 },
    socket: { ...options.socket, ...address, reconnectStrategy: false },
  });
}
