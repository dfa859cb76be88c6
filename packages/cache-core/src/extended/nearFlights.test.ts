/** A plugin with a near cache: callers share a read, or a load with a stale value, for `maxStaleness` at most. */
import { createCacheManager } from '../cacheManager';
import type { CacheDriver, CacheDriverDefinition } from '../contract/driver';
import { mapDriver } from '../testing/testSupport/mapDriver';
import type { MapStore } from '../testing/testSupport/mapDriver';
import { createDeferred } from './createDeferred';
import { extendCache } from './extendCache';

const MAX_STALENESS_MS = 50;

/** A store that can hold its answers back until `letGo`. An answer is what the store had when it was asked. */
function open(near: { readonly maxStaleness: number } | false) {
  const held: (() => void)[] = [];
  let isHolding = false;
  const driver: CacheDriverDefinition<{ readonly store: MapStore }> = {
    ...mapDriver,
    create(options, host) {
      const correct = mapDriver.create(options, host) as Required<CacheDriver>;
      return {
        async get(key) {
          const text = await correct.get(key);
          if (isHolding) await new Promise<void>(letGo => held.push(letGo));
          return text;
        },
        set: (...args) => correct.set(...args),
        delete: key => correct.delete(key),
        close: () => correct.close(),
      };
    },
  };
  const driverOptions = { store: new Map() };
  const openCache = (nearOptions: typeof near) => {
    const manager = createCacheManager({ driver, driverOptions, near: nearOptions });
    return extendCache(manager.forPlugin('catalog'));
  };
  return { cache: openCache(near), other: openCache(false), held, hold: () => (isHolding = true), letGo };
  function letGo() {
    isHolding = false;
    for (const go of held.splice(0)) go();
  }
}

const untilHeld = async (held: readonly unknown[], count: number) => {
  while (held.length < count) await new Promise(resolve => setImmediate(resolve));
};
const waitTooLong = () => new Promise(resolve => setTimeout(resolve, MAX_STALENESS_MS + 5));
const load = () => 'loaded';

describe.each([
  ['getOrSet', async (cache: ReturnType<typeof open>['cache']) => cache.getOrSet('key', load)],
  [
    'getOrSetMany',
    async (cache: ReturnType<typeof open>['cache']) =>
      (await cache.getOrSetMany(['key'], () => new Map<string, string>())).get('key'),
  ],
] as const)('%s', (_name, read) => {
  it.each([
    ['a read that began less than maxStaleness ago', { maxStaleness: 10_000 }, 'old', 1],
    ['no read that began longer ago than maxStaleness', { maxStaleness: MAX_STALENESS_MS }, 'new', 2],
    ['a read of any age without a near cache', false, 'old', 1],
  ] as const)('shares %s', async (_what, near, expected, reads) => {
    const { cache, other, held, hold, letGo } = open(near);
    await other.set('key', 'old');
    hold();
    const first = read(cache);
    await untilHeld(held, 1);
    await other.set('key', 'new');
    await waitTooLong();
    const second = read(cache);
    await untilHeld(held, reads);
    letGo();
    expect(await first).toBe('old');
    expect(await second).toBe(expected);
  });
});

describe('a stale value', () => {
  it.each([
    ['is read again when it was read longer ago than maxStaleness', { maxStaleness: MAX_STALENESS_MS }, 'new'],
    ['is shared during its refresh without a near cache', false, 'old'],
  ] as const)('%s', async (_what, near, expected) => {
    const { cache, other } = open(near);
    const options = { ttl: 1, staleTtl: 60_000 };
    await other.getOrSet('key', () => 'old', options);
    await new Promise(resolve => setTimeout(resolve, 5));
    const loading = createDeferred<string>();
    expect(await cache.getOrSet('key', () => loading.promise, options)).toBe('old');
    await other.set('key', 'new');
    await waitTooLong();
    expect(await cache.getOrSet('key', load, options)).toBe(expected);
    loading.resolve('loaded');
  });
});
