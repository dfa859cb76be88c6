import type { Socket } from 'node:net';
import { toTlsOptions } from '@greenroom/cache-core/connection';
import { withEncodedValue, writevJoined } from '@greenroom/redis-common';
import type { ClientAdapter, ServerClient } from '@greenroom/redis-common';
import { ErrorReply, RedisClient } from 'redis';
import { withSocket } from './withSocket';

/** Stream options that sockets accept too (`writev` only without TLS), though neither library types them. */
const streamOptions = {
  // Up to 1 MiB is buffered before node-redis waits for `drain`. Node's default of 16 KiB is less than many single values.
  highWaterMark: 1024 * 1024,
  writev: writevJoined,
};

/** npm `redis` without reconnects: the caller decides what happens when a connection is lost. */
export function createRedisClientAdapter(): ClientAdapter {
  return {
    serverName: 'Redis',

    createClient({ tls, username, password, database, ...address }, onLost, onSocket): ServerClient {
      // Not `createClient`, which first builds a class with a method for each command of Redis and its modules and blocks the
      // process for tens of ms.
      const client = new RedisClient({
        // RESP 3 begins with HELLO, which Redis before 6 and several proxies refuse. The store needs nothing of RESP 3.
        RESP: 2,
        // Some proxies close the connection at CLIENT, and at any command that they do not know.
        disableClientInfo: true,
        maintNotifications: 'disabled',
        // A queue of commands would be replayed after an outage, over newer values.
        disableOfflineQueue: true,
        // Core enforces the deadline. This timeout covers only unsent commands, and makes the throughput several times lower.
        commandOptions: { timeout: 0 },
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(database !== undefined && { database }),
        socket: {
          ...(tls && { ...toTlsOptions(tls, 'host' in address ? address.host : undefined), tls: true as const }),
          ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
          // The caller enforces a deadline.
          connectTimeout: 0,
          reconnectStrategy: false,
          keepAlive: true,
          keepAliveInitialDelay: 10_000,
          noDelay: true,
          ...streamOptions,
        },
      });
      client.on('error', onLost);
      let socket: Socket | undefined;
      return {
        connect: () =>
          withSocket(
            () => client.connect(),
            opened => {
              socket = opened;
              onSocket?.(opened);
            },
          ),
        send: args => client.sendCommand(withEncodedValue(args)),
        destroy() {
          if (client.isOpen) client.destroy();
          // The library does not know its socket until it is connected, and would leave it open.
          socket?.destroy();
        },
      };
    },

    isErrorReply: error => error instanceof ErrorReply,
  };
}
