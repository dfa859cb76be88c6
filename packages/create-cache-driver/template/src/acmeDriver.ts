import { CacheError, readOptions, timeoutOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheErrorCode } from '@greenroom/cache-core';
import type { DriverSchema, OptionTable, OptionValues } from '@greenroom/cache-core';
import { keepConnected } from '@greenroom/cache-core/connection';
import type { ConnectionSource } from '@greenroom/cache-core/connection';
import { AcmeError, connectAcme } from './acmeClient';
import type { AcmeClient } from './acmeClient';

const acmeOptions = {
  url: { type: 'text', isSecret: true, description: 'Where the server is, such as acme://localhost:4000; required.' },
  ...timeoutOptions,
} as const satisfies OptionTable;

/** What `config.schema.json` is made of. */
export const acmeSchema: DriverSchema = { store: 'acme', options: acmeOptions };

/** Options of the driver. In the configuration they are in `backend.cache.acme`. */
export type AcmeOptions = OptionValues<typeof acmeOptions> & { readonly url: string };

/** What a refusal of the server means. */
const codes: Readonly<Record<string, CacheErrorCode>> = {
  AUTH: 'CACHE_AUTH',
  FULL: 'CACHE_FULL',
  READONLY: 'CACHE_READ_ONLY',
  TOOLARGE: 'CACHE_TOO_LARGE',
};

export const acmeDriver: CacheDriverDefinition<AcmeOptions> = {
  contractVersion: 1,
  store: 'acme',
  parseOptions(config) {
    const { url, ...timeouts } = readOptions(config, acmeOptions, 'acme');
    if (!url || !URL.canParse(url)) throw config.invalid('acme.url', 'an address such as acme://localhost:4000');
    return { url, ...timeouts };
  },
  policy: ({ commandTimeoutMs = 500 }) => ({ commandTimeoutMs }),
  create(options, host) {
    const url = new URL(options.url);
    const serverName = `Acme at ${url.host}`; // In messages, so without user and password.
    const source: ConnectionSource<AcmeClient> = {
      serverName,
      open: (signal, lost) => connectAcme(url, signal, lost),
      ping: client => client.ping(),
      close: client => client.close(),
      toCacheError: cause =>
        cause instanceof AcmeError
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
