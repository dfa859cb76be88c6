import { toTlsOptions } from '@greenroom/cache-core/connection';
import { withEncodedValue, writevJoined } from '@greenroom/redis-common';
import type { ClientAdapter, NodeAccess, ServerClient, RespReply } from '@greenroom/redis-common';
import { Redis } from 'iovalkey';

/** iovalkey without reconnects: the caller decides what happens when a connection is lost. */
export const valkeyClientAdapter: ClientAdapter = {
  serverName: 'Valkey',

  createClient(server, onLost, onSocket): ServerClient {
    const client = new Redis({
      ...('path' in server ? { path: server.path } : { host: server.host, port: server.port }),
      // The default, 4, cannot reach servers that have only IPv6.
      family: 0,
      ...(server.tls && { tls: toTlsOptions(server.tls, 'host' in server ? server.host : undefined) }),
      lazyConnect: true,
      // A queue of commands would be replayed after an outage, over newer values.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      // The check sends INFO, which the user may have no right for and a proxy may not know.
      enableReadyCheck: false,
      // The caller enforces a deadline.
      connectTimeout: 0,
      disconnectTimeout: 0,
      keepAlive: 10_000,
      noDelay: true,
    });
    const send = (args: readonly string[]) => {
      const encoded = withEncodedValue(args);
      writeTogether(client.stream, encoded);
      return client.call(args[0] ?? '', encoded.slice(1)) as Promise<RespReply>;
    };
    let reason: unknown;
    // Only `error` has the reason: the rejection of `connect` and the event `close` just say that the connection is closed.
    client.on('error', (error: unknown) => {
      reason ??= error;
      onLost(error);
    });
    client.on('connect', () => {
      onSocket?.(client.stream);
      // The library has no option for `writev`.
      Object.assign(client.stream, { _writev: writevJoined });
      catchErrorsOfParser(client.stream, onLost);
    });
    client.on('close', () => onLost(reason ?? new Error('Connection is closed')));
    return {
      async connect() {
        try {
          await client.connect();
        } catch (error) {
          throw reason ?? error;
        }
        await Promise.all(toLogin(server).map(send));
      },
      send,
      destroy: () => client.disconnect(),
    };
  },

  isErrorReply: (error): error is Error => error instanceof Error && error.name === 'ReplyError',
};

/**
 * The parser of iovalkey recurses into nested lists, so a deeply nested reply overflows the stack. That error is thrown
 * outside any callback and would crash the process.
 */
function catchErrorsOfParser(stream: Redis['stream'], onError: (error: unknown) => void): void {
  for (const receive of stream.listeners('data')) {
    stream.off('data', receive as (chunk: Buffer) => void).on('data', (chunk: Buffer) => {
      try {
        receive.call(stream, chunk);
      } catch (error) {
        onError(error);
      }
    });
  }
}

/**
 * Joins the commands of one turn of the event loop into one write. The library writes each command by itself, which costs more than
 * everything else it does. A long value is written at once, since joining would copy it.
 */
function writeTogether(stream: Redis['stream'] | undefined, args: readonly (string | Buffer)[]): void {
  if (Buffer.isBuffer(args[2])) {
    stream?.uncork();
  } else if (stream?.writableCorked === 0) {
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
}

/**
 * Returns the commands to send first. The library itself does not get the password: it would print warnings about it, and count as
 * ready before the server has accepted it.
 */
function toLogin({ username, password, database }: NodeAccess): string[][] {
  const hasLogin = username !== undefined || password !== undefined;
  return [
    // A user without a password must log in too, or the server would take it for the default user.
    ...(hasLogin ? [['AUTH', ...(username === undefined ? [] : [username]), password ?? '']] : []),
    ...(database ? [['SELECT', String(database)]] : []),
  ];
}
