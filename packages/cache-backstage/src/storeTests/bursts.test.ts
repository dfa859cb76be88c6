import type { JsonObject } from '@backstage/types';
import type { CacheService } from '@backstage/backend-plugin-api';
import { startMemcached, until } from '@greenroom/test-servers';
import type { ServerAddress } from '@greenroom/test-servers';
import { startBackend } from '../testSupport/startBackend';
import { clusterStores, serverStores } from '../testSupport/stores';
import type { ServerStore } from '../testSupport/stores';

/** A machine that also runs other tests may be several times slower than the machine of a backend. */
const client = { commandTimeout: '5s' };

interface Configured {
  readonly cache: JsonObject;
  readonly servers: readonly ServerAddress[];
  stop(): Promise<void>;
}

/** Servers of this file's own: one for each store, and the clusters. The tests stop them. */
const configurations: readonly (readonly [string, ServerStore, () => Promise<Configured>])[] = [
  ...serverStores.map(row => {
    const { store, server } = row;
    const start = async () => {
      // The tests store more than the default of 64 MB of memcached.
      const running = await (store === 'memcache' ? startMemcached({ args: ['-m', '512'] }) : server.startForFile());
      const stop = () => running.stop();
      return { cache: { store, connection: running.url, [store]: { client } }, servers: [running], stop };
    };
    return [store, row, start] as const;
  }),
  ...clusterStores.map(row => {
    const { store, startCluster } = row;
    const start = async () => {
      const cluster = await startCluster({});
      const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
      const cache = { store, connection: rootNodes[0]?.url ?? '', [store]: { client, cluster: { rootNodes } } };
      return { cache, servers: cluster.masters, stop: () => cluster.stop() };
    };
    return [`${store} cluster`, row, start] as const;
  }),
];

const toKeys = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);

/** Runs a function for all keys, so few at a time that none has to wait. */
async function inSlices<T>(keys: readonly string[], run: (key: string) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < keys.length; start += 1000) {
    results.push(...(await Promise.all(keys.slice(start, start + 1000).map(run))));
  }
  return results;
}

/** Waits until the store is connected, and leaves an entry that the burst must not affect. */
async function writeEarlier(cache: CacheService): Promise<void> {
  while ((await cache.get('earlier')) !== 'value') {
    await cache.set('earlier', 'value');
    // While the store is away, `set` and `get` settle without giving the event loop a turn.
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

describe.each(configurations)(
  'a burst in one turn of the event loop on a healthy %s',
  (_name, { server }, configure) => {
    let configured: Configured;
    beforeAll(async () => {
      configured = await configure();
    });
    afterAll(() => configured.stop());

    it('takes effect in full: 40,000 sets, 100,000 gets, 40,000 deletes', async () => {
      const { cache: config, servers } = configured;
      const { cacheOf, log } = await startBackend(config);
      const cache = cacheOf();
      const countKeys = async () => {
        const counts = await Promise.all(servers.map(each => server.countKeys(each)));
        return counts.reduce((sum, count) => sum + count, 0);
      };
      const others = await countKeys();
      await writeEarlier(cache);
      const keys = toKeys(40_000);
      await Promise.all(keys.map(key => cache.set(key, key)));
      expect(await countKeys()).toBe(others + keys.length + 1);

      // Each key is read at least twice.
      const wanted = Array.from({ length: 100_000 }, (_, index) => `key-${index % keys.length}`);
      const values = await Promise.all(wanted.map(key => cache.get(key)));
      expect(values.filter((value, index) => value !== wanted[index])).toEqual([]);

      await Promise.all(keys.map(key => cache.delete(key)));
      expect(await countKeys()).toBe(others + 1);

      expect(await cache.get('earlier')).toBe('value');
      expect(log.cacheProblems()).toEqual([]);
    });

    it('takes effect or is logged: 1,000 values of 60 KB', async () => {
      const { cacheOf, log } = await startBackend(configured.cache);
      const cache = cacheOf();
      await writeEarlier(cache);
      // These are 60 MB, several times what may be in flight at once.
      const keys = toKeys(1000);
      await inSlices(keys, key => cache.set(key, 'old'));
      const filler = 'x'.repeat(60_000);

      await Promise.all(keys.map(key => cache.set(key, key + filler)));
      const values = await inSlices(keys, key => cache.get<string>(key));
      const missing = values.filter(value => value === undefined).length;
      expect(values.filter((value, index) => value !== undefined && value !== keys[index] + filler)).toEqual([]);

      // On a busy machine some may not be sent in time, or a connection may be silent for so long that it is replaced.
      expect(log.cacheProblems().length > 0).toBe(missing > 0);
      await until('what was there before is read', async () => (await cache.get('earlier')) === 'value', 10_000);
    });
  },
);
