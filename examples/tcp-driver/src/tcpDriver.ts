import { CacheError, readOptions, timeoutOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheErrorCode } from '@greenroom/cache-core';
import type { DriverSchema, OptionTable, OptionValues } from '@greenroom/cache-core';
import { keepConnected } from '@greenroom/cache-core/connection';
import type { ConnectionSource } from '@greenroom/cache-core/connection';
import { TcpError, connectTcp } from './tcpClient';
import type { TcpClient } from './tcpClient';

const tcpOptions = {
  url: { type: 'text', isSecret: true, description: 'Where the server is, such as tcp://localhost:4000; required.' },
  ...timeoutOptions,
} as const satisfies OptionTable;

/** What `config.schema.json` is made of. */
export const tcpSchema: DriverSchema = { store: 'tcp', options: tcpOptions };

/** Options of the driver. In the configuration they are in `backend.cache.tcp`. */
export type TcpOptions = OptionValues<typeof tcpOptions> & { readonly url: string };

/** What a refusal of the server means. */
const codes: Readonly<Record<string, CacheErrorCode>> = {
  AUTH: 'CACHE_AUTH',
  FULL: 'CACHE_FULL',
  READONLY: 'CACHE_READ_ONLY',
  TOOLARGE: 'CACHE_TOO_LARGE',
};

export const tcpDriver: CacheDriverDefinition<TcpOptions> = {
  contractVersion: 1,
  store: 'tcp',
  parseOptions(config) {
    const { url, ...timeouts } = readOptions(config, tcpOptions, 'tcp');
    if (!url || !URL.canParse(url)) throw config.invalid('tcp.url', 'an address such as tcp://localhost:4000');
    return { url, ...timeouts };
  },
  policy: ({ commandTimeoutMs = 500 }) => ({ commandTimeoutMs }),
  create(options, host) {
    const url = new URL(options.url);
    const serverName = `Tcp at ${url.host}`; // In messages, so without user and password.
    const source: ConnectionSource<TcpClient> = {
      serverName,
      open: (signal, lost) => connectTcp(url, signal, lost),
      ping: client => client.ping(),
      close: client => client.close(),
      toCacheError: cause =>
        cause instanceof TcpError
          ? new CacheError(codes[cause.code] ?? 'CACHE_REFUSED', `${serverName} refuses a request`, { cause })
          : new CacheError('CACHE_UNAVAILABLE', `${serverName} cannot be reached`, { cause }),
    };
    const kept = keepConnected(source, options, host);
    return {
      get: key => kept.use(client => client.get(key)),
      set: (key, value, ttlMs) => kept.use(client => client.set(key, value, ttlMs)),
      delete: key => kept.use(client => client.delete(key)),
      connections: () => kept.connections(),
      close: () => kept.close(),
    };
  },
};
