import { extendCache } from '@greenroom/cache-core';
import { sendCommands, startRedis, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import type { CacheEntry, CacheOperatorService } from '../index';
import { recordMetrics } from '../testSupport/recordMetrics';
import { startBackend, uniqueId } from '../testSupport/startBackend';

let server: TestServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const stores = [
  ['memory', 'process', () => ({ store: 'memory' })],
  ['redis', 'store', () => ({ store: 'redis', connection: server.url, redis: { client: { namespace: 'my-app' } } })],
] as const;

/** Lists all entries page by page. Returns them, and the size of each page. */
async function listAll(operator: CacheOperatorService, plugin: string, limit: number) {
  const entries: CacheEntry[] = [];
  const sizes: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await operator.entries(plugin, { limit, details: true, ...(cursor !== undefined && { cursor }) });
    expect(page).toMatchObject({ plugin, isApproximate: false, instance: operator.status().instance });
    entries.push(...page.entries);
    sizes.push(page.entries.length);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { entries, sizes };
}

describe.each(stores)('an operator of a cache in %s', (_store, scope, toConfig) => {
  it('lists all entries of one plugin in pages of any size, without values', async () => {
    const pluginIds = [uniqueId(), uniqueId()];
    const { operator, cacheOf } = await startBackend(toConfig(), { pluginIds });
    const [plugin = '', other = ''] = pluginIds;
    const keys = Array.from({ length: 250 }, (_, index) => `key ${index}`);
    await Promise.all(keys.map(key => cacheOf(plugin).set(key, 'value-of-alice', { ttl: 60_000 })));
    await Promise.all(keys.map(key => cacheOf(other).set(key, 'value-of-alice')));

    for (const limit of [7, 100, 1000]) {
      const { entries, sizes } = await listAll(operator, plugin, limit);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
      expect(entries.map(({ key }) => key).sort()).toEqual(keys.toSorted());
      expect(JSON.stringify(entries)).not.toContain('alice');
      for (const { bytes, expiresAt } of entries) {
        expect(bytes).toBeGreaterThan(15);
        const leftMs = Date.parse(expiresAt ?? '') - Date.now();
        expect([leftMs > 0, leftMs <= 60_000]).toEqual([true, true]);
      }
    }
    const { entries } = await operator.entries(other, { limit: 1, details: true });
    expect(entries).toEqual([expect.objectContaining({ expiresAt: null })]);
  });

  it('sees the stored form of a long key and of a key in a namespace', async () => {
    const plugin = uniqueId();
    const { operator, cacheOf } = await startBackend(toConfig(), { pluginIds: [plugin] });
    await cacheOf(plugin).set('x'.repeat(1000), 1);
    await extendCache(cacheOf(plugin)).namespace('users').set('alice', 1);
    const { entries } = await operator.entries(plugin, { limit: 10 });
    expect(entries.map(({ key }) => key).sort()).toEqual([
      '!nusers!alice',
      expect.stringMatching(/^!sha256-[\w-]{43}$/),
    ]);
  });

  it('clears one plugin and gets the number and scope of the removed entries', async () => {
    const pluginIds = [uniqueId(), uniqueId()];
    const { operator, cacheOf } = await startBackend(toConfig(), { pluginIds });
    const [plugin = '', other = ''] = pluginIds;
    for (const each of [plugin, other]) for (const key of ['one', 'two', 'three']) await cacheOf(each).set(key, 1);

    const { instance } = operator.status();
    expect(await operator.clear(plugin)).toEqual({ plugin, entries: 3, scope, instance });
    expect(await operator.entries(plugin, { limit: 10 })).toEqual({
      ...{ plugin, entries: [], isApproximate: false, instance },
    });
    expect(await cacheOf(plugin).get('one')).toBeUndefined();
    expect(await cacheOf(other).get('one')).toBe(1);
  });

  it('gets CACHE_INVALID_CURSOR for an invalid cursor and CACHE_CONFIG for an invalid plugin id', async () => {
    const { operator } = await startBackend(toConfig());
    for (const cursor of ['', 'x', '1.not a cursor', '-1.']) {
      await expect(operator.entries('catalog', { limit: 1, cursor })).rejects.toMatchObject({
        code: 'CACHE_INVALID_CURSOR',
      });
    }
    await expect(operator.entries('a:b', { limit: 1 })).rejects.toMatchObject({ code: 'CACHE_CONFIG' });
    await expect(operator.clear('*')).resolves.toMatchObject({ entries: 0 });
  });
});

it('a memory store reports entries, bytes, evictions and expiries per plugin, in figures and metrics', async () => {
  const collect = recordMetrics();
  const pluginIds = ['catalog', 'search'];
  const { operator, cacheOf } = await startBackend({ memory: { maxEntries: 3 } }, { pluginIds });
  await cacheOf('search').set('key', 1, { ttl: 1 });
  await until('it has expired', async () => (await cacheOf('search').get('key')) === undefined, 5000);
  for (const key of ['one', 'two', 'three', 'four', 'five']) await cacheOf('catalog').set(key, 1);

  const [search, catalog] = await operator.plugins();
  expect(search).toMatchObject({ plugin: 'search', entries: 0, evictions: 0, expiries: 1 });
  expect(catalog).toMatchObject({ plugin: 'catalog', entries: 3, evictions: 2, expiries: 0 });
  const { valueOf } = await collect();
  for (const figures of [search, catalog]) {
    for (const name of ['entries', 'bytes', 'evictions', 'expiries'] as const) {
      const attributes = { plugin: figures?.plugin ?? '', store: 'memory' };
      expect([name, valueOf(`greenroom.cache.${name}`, attributes)]).toEqual([name, figures?.[name]]);
    }
  }
});

it('an operator gets CACHE_UNAVAILABLE for entries and clear while the store is away', async () => {
  const away = await startRedis();
  const { operator } = await startBackend({ store: 'redis', connection: away.url });
  await until('the store is connected', () => operator.status().state === 'available', 5000);
  await sendCommands(away, [['SET', 'catalog:key', '1']]);
  await away.kill();
  await until('the store is away', () => operator.status().state === 'unavailable', 5000);
  await expect(operator.entries('catalog', { limit: 1 })).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  await expect(operator.clear('catalog')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  expect(await operator.plugins()).toEqual([]);
  await away.stop();
});
