/** What a plugin with `encrypt` gets from every store, and what others find and can do there. */
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheOperation } from '@greenroom/cache-core';
import { extendedCases, pluginCases } from '@greenroom/cache-core/testing';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { memoryDriver } from '@greenroom/cache-memory';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { sendCommands } from '@greenroom/test-servers';
import { uniqueId } from '../testSupport/startBackend';
import { respStores, stores, talkTo, toAddress, toCacheConfig } from '../testSupport/stores';
import type { StoreUnderTest } from '../testSupport/stores';
import { withPatience } from '../testSupport/withPatience';

const drivers: Record<string, CacheDriverDefinition> = {
  memory: memoryDriver,
  redis: redisDriver,
  valkey: valkeyDriver,
  memcache: memcacheDriver,
};
/** Plugin ids, enough for all cases below. */
const ids = Array.from({ length: 500 }, () => uniqueId());
const plugins = Object.fromEntries(ids.map(id => [id, { encrypt: true }]));
const encryptionKeys = [Buffer.alloc(32, 7).toString('base64')];

function open(row: StoreUnderTest) {
  const operations: CacheOperation[] = [];
  const driver = drivers[row.store] as CacheDriverDefinition;
  const manager = createCacheManager({
    ...{ driver, plugins, encryptionKeys },
    driverOptions: parseDriverOptions(driver, createConfigSource(withPatience(toCacheConfig(row)), 'backend.cache')),
    observer: { onOperation: operation => void operations.push(operation) },
  });
  return { manager, operations };
}

/** A store with and one without exact expiries; core runs the same cases over a map. */
const casesIn = stores.filter(({ store }) => store === 'redis' || store === 'memcache');

describe.each(casesIn)('encrypted values in $store', row => {
  const [one, two] = [open(row).manager, open(row).manager];
  const unused = [...ids];
  const nextId = () => unused.pop() as string;
  const openTwo = () => {
    const id = nextId();
    return [one.forPlugin(id), two.forPlugin(id)] as const;
  };
  afterAll(() => Promise.all([one.close(), two.close()]));

  it.each([...extendedCases, ...pluginCases])('$name', async ({ run }) => {
    await run({
      open: () => one.forPlugin(nextId()),
      ...(row.store === 'memcache' && { lacksClear: 'memcached cannot list keys' }),
      openTwo,
    });
  });
});

describe.each(respStores)('another client of $store', row => {
  const { manager, operations } = open(row);
  const server = toAddress(row.server.sharedConnection());
  afterAll(() => manager.close());

  it('cannot read an encrypted value, and entries it plants, copies or changes are not returned', async () => {
    const [id = '', other = ''] = ids;
    const cache = extendCache(manager.forPlugin(id));
    await cache.set('a', 'hunter2');
    await cache.set('b', 'of b');
    const [text] = (await sendCommands(server, [['GET', `${id}:a`]])) as [string];
    expect(text).toMatch(/^#3 [\w-]{8} [\w+/=]+$/);
    expect(Buffer.from(text.slice(12), 'base64').toString('latin1')).not.toContain('hunter2');

    await sendCommands(server, [
      ['SET', `${id}:planted`, '"planted"'],
      ['SET', `${id}:headed`, `#1 ${id}:headed - "planted"`],
      ['COPY', `${id}:a`, `${id}:moved`],
      ['COPY', `${id}:a`, `${other}:a`],
      ['SETRANGE', `${id}:b`, '40', '!!'],
    ]);
    operations.length = 0;
    for (const key of ['planted', 'headed', 'moved', 'b']) {
      expect([key, await cache.get(key)]).toEqual([key, undefined]);
      expect([key, await cache.get(key, { frozen: true })]).toEqual([key, undefined]);
    }
    expect(await manager.forPlugin(other).get('a')).toBeUndefined();
    const results = operations.map(({ result, error }) => error?.code ?? result);
    expect(results).toEqual([...['miss', 'miss', 'miss', 'miss'], ...Array<string>(5).fill('CACHE_CORRUPT')]);
    expect(await cache.get('a')).toBe('hunter2');
  });
});

describe('another client of memcache', () => {
  const row = stores.find(({ store }) => store === 'memcache') as StoreUnderTest;
  const { manager, operations } = open(row);
  afterAll(() => manager.close());

  it('cannot read an encrypted value, and entries it plants or copies are not returned', async () => {
    const [id = ''] = ids;
    const server = toAddress(String(toCacheConfig(row).connection));
    const cache = manager.forPlugin(id);
    await cache.set('a', 'hunter2');
    const answer = await talkTo(server, `get ${id}:a\r\n`, 'END\r\n');
    const [, text = ''] = answer.split('\r\n');
    expect(text).toMatch(/^#3 [\w-]{8} [\w+/=]+$/);
    const put = (key: string, value: string) =>
      talkTo(server, `set ${id}:${key} 0 0 ${value.length}\r\n${value}\r\n`, 'STORED\r\n');
    await put('moved', text);
    await put('planted', `#1 ${id}:planted - "planted"`);
    operations.length = 0;
    expect([await cache.get('moved'), await cache.get('planted')]).toEqual([undefined, undefined]);
    expect(operations.map(({ result, error }) => error?.code ?? result)).toEqual(['CACHE_CORRUPT', 'miss']);
    expect(await cache.get('a')).toBe('hunter2');
  });
});
