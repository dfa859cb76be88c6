/** Two copies of this package in one process, as a backend has them when a plugin brings its own. */
import type { CacheService } from './contract/cacheService';
import type * as core from './index';
import { mapDriver } from './testing/testSupport/mapDriver';

/** Loads the package once more, with all its modules. */
function loadCopy(): typeof core {
  const copies: (typeof core)[] = [];
  jest.isolateModules(() => copies.push(jest.requireActual<typeof core>('./index')));
  return copies[0] as typeof core;
}

const one = loadCopy();
const other = loadCopy();

/** A load that ends when it is told to. */
function createLoad() {
  let end: (value: string) => void = () => {};
  let start: () => void = () => {};
  const started = new Promise<void>(resolve => (start = resolve));
  const load = jest.fn(() => {
    start();
    return new Promise<string>(resolve => (end = resolve));
  });
  return { load, started, end: (value: string) => end(value) };
}

function openPlugin() {
  const manager = one.createCacheManager({ driver: mapDriver, driverOptions: { store: new Map() } });
  return { cache: manager.forPlugin('catalog'), plain: manager.forPlugin('catalog') };
}

/** A cache service of another kind than Greenroom. */
function createMapCache(): CacheService {
  const values = new Map<string, unknown>();
  const cache: CacheService = {
    get: async key => values.get(key) as never,
    set: async (key, value) => void values.set(key, value),
    delete: async key => void values.delete(key),
    withOptions: () => cache,
  };
  return cache;
}

it('each loaded copy has its own extendCache and CacheError', () => {
  expect(one.extendCache).not.toBe(other.extendCache);
  expect(one.CacheError).not.toBe(other.CacheError);
});

/** Changes the key during a load, ends the load with another value, and resolves to the value that the key has then. */
async function changeDuringLoad(loading: core.ExtendedCache, change: () => Promise<void>): Promise<unknown> {
  const { load, started, end } = createLoad();
  const result = loading.getOrSet('key', load);
  await started;
  await change();
  end('loaded');
  expect(await result).toBe('loaded');
  await new Promise(setImmediate);
  return loading.get('key');
}

describe.each([
  ['a Greenroom cache', () => openPlugin().cache],
  ['a foreign cache service', createMapCache],
])('%s used by two copies of the package', (_kind, open) => {
  it.each<[string, (cache: core.ExtendedCache) => Promise<void>, unknown]>([
    ['set', cache => cache.set('key', 'changed'), 'changed'],
    ['delete', cache => cache.delete('key'), undefined],
    ['setMany', cache => cache.setMany(new Map([['key', 'changed']])), 'changed'],
    ['deleteMany', cache => cache.deleteMany(['key']), undefined],
    ['withOptions', cache => cache.withOptions({ defaultTtl: 60_000 }).set('key', 'changed'), 'changed'],
  ])('detaches a load of one copy when the other copy changes the key by %s', async (_method, change, expected) => {
    for (const [loader, changer] of [
      [one, other],
      [other, one],
    ] as const) {
      const cache = open();
      const found = await changeDuringLoad(loader.extendCache(cache), () => change(changer.extendCache(cache)));
      expect(found).toBe(expected);
    }
  });

  it('runs one load for callers of both copies, and is not extended twice', async () => {
    const cache = open();
    const { load, started, end } = createLoad();
    const calls = [one, other, one].map(copy => copy.extendCache(cache).getOrSet('key', load));
    await started;
    end('loaded');
    expect(await Promise.all(calls)).toEqual(['loaded', 'loaded', 'loaded']);
    expect(load).toHaveBeenCalledTimes(1);
    const extended = one.extendCache(cache);
    expect(other.extendCache(extended)).toBe(extended);
  });

  it('has the same namespaces in both copies', async () => {
    const cache = open();
    await one.extendCache(cache).namespace('a').set('key', 1);
    expect(await other.extendCache(cache).namespace('a').get('key')).toBe(1);
  });

  it('rejects with a CACHE_CONFIG error that both copies recognize', async () => {
    const rejected = one.extendCache(open()).getOrSet('key', () => 1, { jitter: 2 });
    const error: unknown = await rejected.catch((thrown: unknown) => thrown);
    expect([one, other].map(copy => copy.isCacheError(error, 'CACHE_CONFIG'))).toEqual([true, true]);
  });
});

it.each<[string, (plain: CacheService) => Promise<void>, unknown]>([
  ['set', plain => plain.set('key', 'changed'), 'changed'],
  ['delete', plain => plain.delete('key'), undefined],
])('a %s through the plain service detaches a load of the other copy', async (_method, change, expected) => {
  const { cache, plain } = openPlugin();
  expect(await changeDuringLoad(other.extendCache(cache), () => change(plain))).toBe(expected);
});

it('a clear by one copy detaches a load of the other', async () => {
  const { cache } = openPlugin();
  const clear = () => other.extendCache(cache).clear();
  expect(await changeDuringLoad(one.extendCache(cache), clear)).toBeUndefined();
});
