import { extendCache } from '@greenroom/cache-core';
import type { CacheService, ExtendedCache } from '@greenroom/cache-core';
import { sendCommands, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { toClusterSlot } from '../cluster/clusterSlot';
import { commandsDuring } from './commandsDuring';
import { moveSlot } from './moveSlot';
import type { StoreUnderTest } from './storeUnderTest';

const FOREIGN_KEYS = 100_000;
const OWN_KEYS = 5000;
const SLOT_COUNT = 16_384;
const names = Array.from({ length: OWN_KEYS }, (_, index) => `key-${index}`);

const setAll = (cache: CacheService, value: string, from = names) =>
  Promise.all(from.map(name => cache.set(name, value)));

/** Sets all keys, then the missing ones again until all are set: a set is given up while a node is not connected. */
async function untilAllAreSet(cache: ExtendedCache, value: string, timeoutMs: number): Promise<void> {
  let missing = names;
  await until(
    'all are set',
    async () => {
      await setAll(cache, value, missing);
      const found = await cache.getMany(names);
      missing = names.filter(name => found.get(name) !== value);
      return missing.length === 0;
    },
    timeoutMs,
  );
}

/** Sets keys that start with the prefix and are not entries of the cache. */
async function addForeignKeys(server: TestServer, count: number, prefix = 'other:'): Promise<void> {
  const script = `for index = 1, ${count} do redis.call('SET', KEYS[1] .. index, 'x') end`;
  await sendCommands(server, [['EVAL', script, '1', prefix]], 30_000);
}

/** Clears of plugins and namespaces, among keys of other applications. */
export function describeClears({ store, startServer, startCluster, openCache }: StoreUnderTest) {
  /** Starts a server with keys of other applications, and opens a cache that is connected to it. */
  async function openBesideOthers(client: object = { commandTimeout: 10_000 }) {
    const server = await startServer();
    await addForeignKeys(server, FOREIGN_KEYS);
    const opened = openCache({ connection: server.url, [store]: { client } });
    await until(
      'it is connected',
      async () => (await opened.cache.set('key', 1), opened.manager.connections() === 1),
      10_000,
    );
    await opened.cache.delete('key');
    return { ...opened, server, cache: extendCache(opened.cache) };
  }

  describe('a clear among 100,000 keys of other applications', () => {
    it('removes only its own keys, with SCAN COUNT 500 and at most 100 keys per UNLINK', async () => {
      const { server, cache } = await openBesideOthers();
      const space = cache.namespace('a');
      await setAll(space, 'x'.repeat(1000));
      await cache.set('kept', 1);

      const commands = await commandsDuring(server, () => space.clear());

      expect(new Set(commands.map(([name]) => name))).toEqual(new Set(['SCAN', 'UNLINK']));
      for (const [name, ...args] of commands) {
        if (name === 'SCAN') expect(args.slice(-2)).toEqual(['COUNT', '500']);
        else expect(args.length).toBeLessThanOrEqual(100);
      }
      expect(await sendCommands(server, [['DBSIZE']])).toEqual([FOREIGN_KEYS + 1]);
      expect(await cache.get('kept')).toBe(1);
    });

    it('removes what the process set before it, and keeps what the process sets after it', async () => {
      const { server, cache } = await openBesideOthers();
      const later = names.slice(-1000);

      // More sets than are sent at a time.
      const before = [setAll(cache, 'before'), setAll(cache, 'before')];
      const cleared = cache.clear();
      const after = setAll(cache, 'after', later);
      await cleared;
      expect(await cache.get('key-0')).toBeUndefined();
      await Promise.all([...before, after]);

      expect(await cache.getMany(names)).toEqual(new Map(later.map(name => [name, 'after'])));
      expect(await sendCommands(server, [['DBSIZE']])).toEqual([FOREIGN_KEYS + later.length]);
    });
  });

  it('a clear resolves when the server freezes meanwhile, and its entries are removed after the thaw', async () => {
    const { server, cache, changes } = await openBesideOthers({ clearBatchSize: 100 });
    const space = cache.namespace('a');
    // After this SCAN, a connection that ends at SCAN counts as an outage, not as a proxy that refuses SCAN.
    await space.clear();
    await setAll(space, 'old');

    const cleared = space.clear();
    await server.freeze();
    await cleared;
    await until('the store is away', async () => changes.at(-1)?.state === 'unavailable', 10_000);
    expect(await space.get('key-0')).toBeUndefined();
    await server.thaw();

    await until(
      'the entries are gone',
      async () => (await sendCommands(server, [['DBSIZE']]))[0] === FOREIGN_KEYS,
      30_000,
    );
    await until(
      'a set is read again',
      async () => {
        await space.set('key-0', 'new');
        return (await space.get('key-0')) === 'new';
      },
      5000,
    );
    expect(await space.get('key-1')).toBeUndefined();
  });

  describe('a clear of a cluster', () => {
    const open = async (replicasPerMaster: number) => {
      const cluster = await startCluster({ replicasPerMaster });
      const rootNodes = cluster.nodes.slice(0, 2).map(({ host, port }) => ({ url: `${store}://${host}:${port}` }));
      const opened = openCache({ [store]: { cluster: { rootNodes } } });
      await until('all are connected', () => opened.manager.connections() === cluster.masters.length, 20_000);
      const cache = extendCache(opened.cache);
      // After this SCAN, a connection that ends at SCAN counts as an outage, not as a proxy that refuses SCAN.
      await cache.clear();
      await untilAllAreSet(cache, 'old', 20_000);
      const countKeys = async (servers: readonly TestServer[]) => {
        const sizes = await Promise.all(servers.map(server => sendCommands(server, [['DBSIZE']])));
        return sizes.reduce((sum, [size]) => sum + Number(size), 0);
      };
      return { ...opened, cluster, cache, countKeys };
    };

    it('removes earlier sets of the process and keeps later ones on every master', async () => {
      const { cluster, cache, countKeys } = await open(0);
      const later = names.slice(-1000);
      const before = setAll(cache, 'before');
      const cleared = cache.clear();
      await Promise.all([before, cleared, setAll(cache, 'after', later)]);
      expect(await countKeys(cluster.masters)).toBe(later.length);
      expect(await cache.getMany(names)).toEqual(new Map(later.map(name => [name, 'after'])));
    });

    it('removes the keys of a slot that moves meanwhile to a master that was already scanned', async () => {
      const cluster = await startCluster();
      const rootNodes = cluster.nodes.map(({ host, port }) => ({ url: `${store}://${host}:${port}` }));
      const client = { clearBatchSize: 10, commandTimeout: 10_000 };
      const { cache, manager } = openCache({ [store]: { client, cluster: { rootNodes } } });
      await until('all nodes are connected', () => manager.connections() === cluster.masters.length, 10_000);
      const [first, middle, last] = cluster.masters as [TestServer, TestServer, TestServer];
      const slotOf = (name: string) => toClusterSlot(`catalog:${name}`);
      const slot = Math.max(...names.map(slotOf));
      const moving = names.filter(name => slotOf(name) === slot);
      await setAll(cache, 'old', moving);
      // Keys of others, so that scanning this master takes long.
      const tag = names.find(name => Math.abs(toClusterSlot(name) - SLOT_COUNT / 2) < 1000);
      await addForeignKeys(middle, 30_000, `other{${tag}}`);

      let isCleared = false;
      const clearing = extendCache(cache)
        .clear()
        .then(() => (isCleared = true));
      await until(
        'the second master is looked at',
        async () => /cmdstat_scan/.test(String(await sendCommands(middle, [['INFO', 'commandstats']]))),
        10_000,
      );
      await moveSlot(cluster, slot, last, first);
      expect(isCleared).toBe(false);
      await clearing;

      const left = await sendCommands(first, [['CLUSTER', 'COUNTKEYSINSLOT', String(slot)]]);
      expect(left).toEqual([0]);
    });

    it('resolves when a master is lost meanwhile, and no old entry is left after the failover', async () => {
      const { cluster, cache } = await open(1);
      const [lost, ...others] = cluster.masters;
      if (!lost) throw new Error('A cluster has masters');
      await sendCommands(lost, [['CLIENT', 'PAUSE', '60000', 'ALL']]);
      const cleared = cache.clear();
      await lost.stop();
      await cleared;
      expect((await cache.getMany(names)).size).toBe(0);

      await until(
        'all old entries are gone, and new ones are read',
        async () => {
          const servers = [...others, ...cluster.replicas];
          const sizes = await Promise.all(
            servers.map(server => sendCommands(server, [['DBSIZE']]).catch(() => undefined)),
          );
          return sizes.every(replies => replies?.[0] === 0);
        },
        40_000,
      );
      await untilAllAreSet(cache, 'new', 10_000);
    });
  });
}
