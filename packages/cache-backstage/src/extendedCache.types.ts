/** Compiled but never run: plugin code that is typed by Backstage uses extended caches without casts. */
import type { CacheService, CacheServiceOptions, LoggerService } from '@backstage/backend-plugin-api';
import type { JsonValue } from '@backstage/types';
import { extendCache } from '@greenroom/cache-core';
import type { ExtendedCache, GetOrSetOptions, ValueSchema } from '@greenroom/cache-core';

declare const coreCache: CacheService;
declare const logger: LoggerService;

// A plugin as it was written for Backstage's own cache.
class TokenStore {
  readonly #cache: CacheService;

  constructor(options: { readonly cache: CacheService; readonly logger: LoggerService }) {
    this.#cache = options.cache.withOptions({ defaultTtl: { minutes: 5 } });
  }

  async find(id: string): Promise<string | undefined> {
    const found = await this.#cache.get<{ token: string }>(id);
    if (found) return found.token;
    await this.#cache.set(id, { token: id }, { ttl: 1000 });
    return this.#cache.get<string>(id);
  }
}

export const tokens = (cache: ExtendedCache) => [
  new TokenStore({ cache: coreCache, logger }),
  new TokenStore({ cache: extendCache(coreCache), logger }),
  new TokenStore({ cache: cache.namespace('tokens').withOptions({ defaultTtl: 1000 }), logger }),
];

export const service: CacheService = extendCache(coreCache);
export const again: ExtendedCache = extendCache(service).withOptions({} satisfies CacheServiceOptions);

/** A plugin's own class that also implements the cache service. */
export class PrefixedCache implements CacheService {
  readonly #cache = extendCache(coreCache);
  get = <T extends JsonValue>(key: string) => this.#cache.get<T>(`prefix:${key}`);
  set = (key: string, value: JsonValue) => this.#cache.set(`prefix:${key}`, value);
  delete = (key: string) => this.#cache.delete(`prefix:${key}`);
  withOptions = () => extendCache(this);
}

// A value has the type that its load returns, also if that is a JSON type of Backstage.
export const value: Promise<JsonValue> = again.getOrSet('key', (): JsonValue => [null, { a: 1 }]);
export const values: Promise<Map<string, { id: string }>> = again.getOrSetMany(['a'], missing =>
  Promise.resolve(new Map(missing.map(id => [id, { id }]))),
);

export const options: readonly GetOrSetOptions[] = [
  {},
  { ttl: 1, staleTtl: '1h', negativeTtl: { seconds: 5 }, softTimeout: 'PT1S', hardTimeout: Infinity, jitter: 0.1 },
  { ttl: undefined, forceFresh: true, acrossProcesses: true, signal: AbortSignal.timeout(1), check: undefined },
];

export const wrongOptions: readonly GetOrSetOptions[] = [
  // @ts-expect-error the name is not an option
  { tll: 1000 },
  // @ts-expect-error null is not a ttl
  { ttl: null },
  // @ts-expect-error hour is not a unit
  { ttl: { hour: 1 } },
  // @ts-expect-error hour is not a unit of a stale life either
  { staleTtl: { hour: 1 } },
  // @ts-expect-error a Date is not a duration
  { negativeTtl: new Date(0) },
  // @ts-expect-error true is not a duration
  { softTimeout: true },
  // @ts-expect-error a list is not a duration
  { hardTimeout: [1000] },
  // @ts-expect-error jitter is a number
  { jitter: '10%' },
  // @ts-expect-error forceFresh is true or false
  { forceFresh: 'yes' },
  // @ts-expect-error acrossProcesses is true or false
  { acrossProcesses: 1 },
  // @ts-expect-error frozen is true or false
  { frozen: 'deep' },
  // @ts-expect-error an AbortController is not a signal
  { signal: new AbortController() },
  // @ts-expect-error the schema does not follow the standard
  { check: { parse: () => 1 } },
  // @ts-expect-error the version of the standard is unknown
  { check: { '~standard': { version: 2, validate: () => ({}) } } },
];

export const wrongCalls = (check: ValueSchema) => [
  // @ts-expect-error a load is a function
  again.getOrSet('key', 'value'),
  // @ts-expect-error a Date is not a JSON value
  again.getOrSet('key', () => new Date()),
  // @ts-expect-error a load of many returns a map
  again.getOrSetMany(['a'], () => ({ a: 1 })),
  // @ts-expect-error keys are a list
  again.getMany('key'),
  // @ts-expect-error options are an object
  again.getOrSet('key', () => 1, 300),
  // @ts-expect-error the load does not return the type that the caller wants
  again.getOrSet<number>('key', () => 'text', { check }),
];
