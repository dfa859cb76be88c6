import { isCacheError } from '@greenroom/cache-core';
import { withEncodedValue, fromConnectionError, fromErrorReply, withServerName } from '@greenroom/resp';
import type { ClientLibrary, NodeAccess, RespClient, RespReply } from '@greenroom/resp';
import { Redis } from 'iovalkey';

/** iovalkey, as the connections use it: whoever makes a client decides what happens when its connection is lost. */
export const valkeyLibrary: ClientLibrary = {
  serverName: 'Valkey',

  createClient(server, connectTimeoutMs, onLost, onSocket): RespClient {
    const client = new Redis({
      ...('path' in server ? { path: server.path } : { host: server.host, port: server.port }),
      // The default, 4, finds no server that has IPv6 alone.
      family: 0,
      ...(server.tls && { tls: withServerName(server.tls, server) }),
      lazyConnect: true,
      // A queue of commands would be replayed after an outage, over newer values.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      // Asks with INFO, which a user may not be allowed to send, nor a proxy know.
      enableReadyCheck: false,
      connectTimeout: connectTimeoutMs,
      disconnectTimeout: 0,
      keepAlive: 10_000,
      noDelay: true,
    });
    const send = (words: readonly string[]) => {
      const encoded = withEncodedValue(words);
      writeTogether(client.stream, encoded);
      return client.call(words[0] ?? '', encoded.slice(1)) as Promise<RespReply>;
    };
    let reason: unknown;
    let isReady = false;
    // The rejection of `connect` and the event `close` say no more than that the connection is closed.
    client.on('error', (error: unknown) => {
      reason ??= error;
      onLost(error);
    });
    client.on('connect', () => {
      onSocket?.(client.stream);
      catchErrorsOfParser(client.stream, onLost);
    });
    client.on('close', () => onLost(reason ?? new Error('Connection is closed')));
    return {
      get isReady() {
        return isReady && client.status === 'ready';
      },
      async connect() {
        try {
          await client.connect();
        } catch (error) {
          throw reason ?? error;
        }
        await Promise.all(toLogin(server).map(send));
        isReady = true;
      },
      send,
      destroy: () => client.disconnect(),
    };
  },

  isErrorReply,

  /** An error reply of iovalkey holds the arguments of its command, such as a password: it goes no further. */
  toCacheError(error, place = { serverName: 'Valkey' }) {
    if (isCacheError(error)) return error;
    if (isErrorReply(error)) return fromErrorReply(place, error.message);
    return fromConnectionError(place, error);
  },
};

function isErrorReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/**
 * The parser of iovalkey calls itself for each list within a list, so that one reply can be nested too deeply for the stack:
 * an error outside of any callback, which would end the process.
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
 * The library writes each command by itself, which costs more than all else about it: those of one turn become one write. A
 * long one is written at once: together with others it would be copied to where they are collected.
 */
function writeTogether(stream: Redis['stream'] | undefined, words: readonly (string | Buffer)[]): void {
  if (Buffer.isBuffer(words[2])) {
    stream?.uncork();
  } else if (stream?.writableCorked === 0) {
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
}

/**
 * What is sent first. The client is not given the password: it would print warnings about it, and count as ready before
 * the server has taken it.
 */
function toLogin({ username, password, database }: NodeAccess): string[][] {
  const hasLogin = username !== undefined || password !== undefined;
  return [
    // A user who needs no password is named all the same, or the default user would be meant.
    ...(hasLogin ? [['AUTH', ...(username === undefined ? [] : [username]), password ?? '']] : []),
    ...(database ? [['SELECT', String(database)]] : []),
  ];
}
