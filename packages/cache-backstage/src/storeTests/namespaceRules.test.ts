/** What Backstage documents about keys, checked on the servers. */
import type { CacheService } from '@backstage/backend-plugin-api';
import type { JsonObject } from '@backstage/types';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { memoryDriver } from '@greenroom/cache-memory';
import { until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { cacheServiceFactory } from '../index';
import { startBackend } from '../testSupport/startBackend';
import { respStores, serverStores } from '../testSupport/stores';
import type { ServerStore } from '../testSupport/stores';

/** The server of each store. Only the tests of this file use it, one after the other, and each leaves it empty. */
const servers = new Map<string, TestServer>();
beforeAll(async () => {
  await Promise.all(serverStores.map(async ({ store, server }) => servers.set(store, await server.startForFile())));
});
afterAll(() => Promise.all([...servers.values()].map(server => server.stop())));

/** Repeats a write until it is stored, as the first answer may take longer than a deadline. */
function write(cache: CacheService, key: string): Promise<void> {
  const isWritten = async () => {
    await cache.set(key, 'bob');
    return (await cache.get(key)) === 'bob';
  };
  return until(`${key} is written`, isWritten, 10_000);
}

/** Returns the keys that two plugins write to an otherwise empty server, one of them also through withOptions. */
async function findKeys({ store, server }: ServerStore, client: JsonObject | undefined, section = store) {
  const own = servers.get(store) as TestServer;
  const config = { store, connection: own.url, ...(client && { [section]: { client } }) };
  // If no `client` is given, `isExact` keeps startBackend from adding one.
  const { cacheOf, log } = await startBackend(config, { pluginIds: ['catalog', 'auth'], isExact: !client });
  await write(cacheOf('catalog'), 'some-key');
  await write(cacheOf('catalog').withOptions({ defaultTtl: 60_000 }), 'a key');
  await write(cacheOf('auth'), 'some-key');
  const keys = await server.findKeys(own, '');
  await Promise.all(['a key', 'some-key'].map(key => cacheOf('catalog').delete(key)));
  await cacheOf('auth').delete('some-key');
  expect(await server.countKeys(own)).toBe(0);
  // Only problems of the configuration count. A first operation may time out, as above.
  const problems = log.cacheProblems().filter(({ message }) => !message.includes('CACHE_TIMEOUT'));
  return { keys, problems };
}

function keysBehind(prefix: string): readonly string[] {
  return [`${prefix}auth:some-key`, `${prefix}catalog:a%20key`, `${prefix}catalog:some-key`];
}

describe.each(respStores)('keys in $store', row => {
  it.each([
    ['the plugin id alone, without a namespace', undefined, ''],
    ['the plugin id alone, with an empty client section', {}, ''],
    ['the plugin id alone, with an empty namespace', { namespace: '' }, ''],
    ['the plugin id alone, with a separator but no namespace', { keyPrefixSeparator: '!' }, ''],
    [
      'the plugin id alone, with a separator that would be invalid beside a namespace',
      { keyPrefixSeparator: ' → ' },
      '',
    ],
    ['the namespace, a colon and the plugin id', { namespace: 'my-app' }, 'my-app:'],
    [
      'the namespace, a colon and the plugin id, with an empty separator',
      { namespace: 'my-app', keyPrefixSeparator: '' },
      'my-app:',
    ],
    ['the namespace, the separator and the plugin id', { namespace: 'my-app', keyPrefixSeparator: '!' }, 'my-app!'],
    ['a separator of several characters', { namespace: 'my-app', keyPrefixSeparator: '::-' }, 'my-app::-'],
    ['a namespace that contains the separator', { namespace: 'org:my-app' }, 'org:my-app:'],
    ['a namespace with special characters', { namespace: '*[a]{b}?' }, '*[a]{b}?:'],
  ])('start with the configured prefix: %s', async (_what, client, prefix) => {
    expect(await findKeys(row, client)).toEqual({ keys: keysBehind(prefix), problems: [] });
  });

  it.each(['my app', 'ключ', 'a\r\n', 'x'.repeat(101)])(
    'an invalid namespace or separator fails the start: %j',
    async text => {
      const start = (client: JsonObject) =>
        startBackend({ store: row.store, connection: row.server.sharedConnection(), [row.store]: { client } });
      await expect(start({ namespace: text })).rejects.toThrow(`backend.cache.${row.store}.client.namespace`);
      await expect(start({ namespace: 'my-app', keyPrefixSeparator: text })).rejects.toThrow(
        `backend.cache.${row.store}.client.keyPrefixSeparator`,
      );
    },
  );
});

describe('keys in valkey', () => {
  const row = respStores.find(({ store }) => store === 'valkey') as ServerStore;

  it.each([
    ['my-app:', 'my-app:'],
    ['my-app!', 'my-app!'],
    ['a', 'a'],
    ['', ''],
  ])('start with keyPrefix %j without a separator after it', async (keyPrefix, prefix) => {
    expect(await findKeys(row, { keyPrefix })).toEqual({ keys: keysBehind(prefix), problems: [] });
  });

  it('start with the namespace of the redis section when there is no valkey section', async () => {
    const client = { namespace: 'my-app', keyPrefixSeparator: '!' };
    expect(await findKeys(row, client, 'redis')).toEqual({ keys: keysBehind('my-app!'), problems: [] });
  });

  it('a keyPrefix together with a namespace fails the start', async () => {
    await expect(findKeys(row, { keyPrefix: 'my-app:', namespace: 'my-app' })).rejects.toThrow('keyPrefix');
  });
});

describe.each(serverStores.filter(row => !respStores.includes(row)))('keys in $store', row => {
  it('start with the plugin id alone', async () => {
    expect(await findKeys(row, undefined)).toEqual({ keys: keysBehind(''), problems: [] });
  });

  it('start with the plugin id alone even with a namespace, which causes one warning', async () => {
    const { keys, problems } = await findKeys(row, { namespace: 'my-app', keyPrefixSeparator: '!' });
    expect(keys).toEqual(keysBehind(''));
    expect(problems).toEqual([
      { level: 'warn', message: expect.stringContaining(`${row.store}.client.namespace' has no effect`) },
    ]);
  });
});

describe('keys in memory', () => {
  it.each([
    ['without a namespace', {}, 0],
    [
      'even with a namespace, which causes one warning',
      { client: { namespace: 'my-app', keyPrefixSeparator: '!' } },
      1,
    ],
  ])('start with the plugin id alone, %s', async (_what, memory, warnings) => {
    const keys: string[] = [];
    const watched: CacheDriverDefinition = {
      ...(memoryDriver as CacheDriverDefinition),
      create(options, host) {
        const driver = memoryDriver.create(options as object, host);
        const set = driver.set.bind(driver);
        driver.set = async (key, ...rest) => {
          keys.push(key);
          await set(key, ...rest);
        };
        return driver;
      },
    };
    const { cacheOf, log } = await startBackend(
      { store: 'memory', memory },
      { pluginIds: ['catalog', 'auth'], features: [cacheServiceFactory({ drivers: [watched] })] },
    );
    await cacheOf('auth').set('some-key', 'bob');
    await cacheOf('catalog').withOptions({ defaultTtl: 60_000 }).set('a key', 'bob');
    await cacheOf('catalog').set('some-key', 'bob');
    expect(keys).toEqual(keysBehind(''));
    expect(log.cacheProblems()).toHaveLength(warnings);
    if (warnings) expect(log.all()).toContain("memory.client.namespace' has no effect");
  });
});
