import type { CacheService } from '@greenroom/cache-core';
import { measureMs } from '@greenroom/cache-core/testing';
import { sendCommands, until } from '@greenroom/test-servers';
import type { TestCluster, TestServer } from '@greenroom/test-servers';
import { toClusterSlot } from '../cluster/clusterSlot';
import { moveSlot, readNodeId } from './moveSlot';
import type { StoreUnderTest } from './storeUnderTest';

const keys = Array.from({ length: 300 }, (_, index) => `key-${index}`);

async function setAll(cache: CacheService): Promise<void> {
  await Promise.all(keys.map(key => cache.set(key, key)));
}

async function countPresent(cache: CacheService): Promise<number> {
  const values = await Promise.all(keys.map(key => cache.get(key)));
  return values.filter((value, index) => value === keys[index]).length;
}

async function untilAllArePresent(cache: CacheService, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    await setAll(cache);
    const count = await countPresent(cache);
    if (count === keys.length) return;
    if (performance.now() > deadlineMs) throw new Error(`Only ${count} of ${keys.length} keys after ${withinMs} ms`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/**
 * How much later than its deadline core may give an operation up, if the process was held up and replies to other operations keep coming:
 * 50 ms, and 200 for as long as they do.
 */
const GRACE_WHEN_HELD_UP_MS = 250;

/**
 * Reads one key after another until the returned function is called. That resolves to the time of the longest read, in ms, without the
 * grace of core for reads in which this process had to wait for a processor.
 */
function readInTheBackground(cache: CacheService): () => Promise<number> {
  let stopped = false;
  let longestMs = 0;
  const reading = (async () => {
    for (let index = 0; !stopped; index++) {
      const startedAtMs = performance.now();
      const tookMs = await measureMs(() => cache.get(keys[index % keys.length] ?? ''));
      const isHeldUp = performance.now() - startedAtMs - tookMs > 1;
      longestMs = Math.max(longestMs, isHeldUp ? tookMs - GRACE_WHEN_HELD_UP_MS : tookMs);
      await new Promise(resolve => setTimeout(resolve, 2));
    }
  })();
  return async () => {
    stopped = true;
    await reading;
    return longestMs;
  };
}

async function countKeys(servers: readonly TestServer[]): Promise<number[]> {
  return Promise.all(servers.map(async server => Number((await sendCommands(server, [['DBSIZE']]))[0])));
}

/** The master that holds the key, and another one. */
async function findMove(cluster: TestCluster, key: string): Promise<[TestServer, TestServer]> {
  const holds = await Promise.all(
    cluster.masters.map(master =>
      sendCommands(master, [['EXISTS', key]]).then(
        ([count]) => count === 1,
        () => false,
      ),
    ),
  );
  const source = cluster.masters[holds.indexOf(true)];
  const target = cluster.masters[holds.indexOf(false)];
  if (!source || !target) throw new Error(`No master holds ${key}`);
  return [source, target];
}

/** Keys of the plugin `catalog` in one slot. */
function findKeysOfSlot(slot: number, count: number): string[] {
  const found: string[] = [];
  for (let index = 0; found.length < count; index++) {
    if (toClusterSlot(`catalog:moving-${index}`) === slot) found.push(`moving-${index}`);
  }
  return found;
}

/** Clusters, sentinels, TLS and wrong passwords. */
export function describeTopologies(underTest: StoreUnderTest) {
  const { store, startServer, startCluster, startSentinel, openCache, openDriver } = underTest;

  const toClusterConfig = ({ nodes }: TestCluster, cluster: object = {}, client: object = {}) => {
    const rootNodes = nodes.slice(0, 2).map(({ host, port }) => ({ url: `${store}://${host}:${port}` }));
    return { [store]: { client, cluster: { rootNodes, ...cluster } } };
  };

  /** A filled cache, and a move for the slot of its first key: from the master that has it to another one. */
  async function openWithMove() {
    const cluster = await startCluster();
    const opened = openCache(toClusterConfig(cluster));
    await setAll(opened.cache);
    const key = `catalog:${keys[0]}`;
    const [source, target] = await findMove(cluster, key);
    return { ...opened, cluster, slot: toClusterSlot(key), source, target };
  }

  describe('a cluster', () => {
    it('stores values on all of its masters, and clears only one prefix on them', async () => {
      const cluster = await startCluster();
      const { cache } = openCache(toClusterConfig(cluster));

      await setAll(cache);

      expect(await countPresent(cache)).toBe(keys.length);
      const counts = await countKeys(cluster.masters);
      expect(Math.min(...counts)).toBeGreaterThan(0);
      expect(counts.reduce((sum, count) => sum + count)).toBe(keys.length);

      const { driver } = openDriver(toClusterConfig(cluster));
      await driver.set('search:key', 'text');
      // A set waits for the connection to one master, a clear for all.
      await driver.clear?.('catalog:');
      expect(driver.connections?.()).toBe(cluster.masters.length);
      expect(await countPresent(cache)).toBe(0);
      expect(await driver.get('search:key')).toBe('text');
    });

    it('returns every value without an error while a slot moves and afterwards', async () => {
      const { cluster, cache, operations, slot, source, target } = await openWithMove();
      const [sourceId, targetId] = await Promise.all([source, target].map(readNodeId));
      await sendCommands(target, [['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', String(sourceId)]]);
      await sendCommands(source, [['CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', String(targetId)]]);
      // All keys of the slot are moved, because only an empty slot can be given away.
      const [moving] = await sendCommands(source, [['CLUSTER', 'GETKEYSINSLOT', String(slot), String(keys.length)]]);
      await sendCommands(source, [
        ['MIGRATE', target.host, String(target.port), '', '0', '1000', 'KEYS', ...(moving as string[])],
      ]);
      // The keys are at the target, but the slot is still at the source, which redirects with ASK.
      expect(await cache.get(keys[0] as string)).toBe(keys[0]);

      for (const master of [target, source, ...cluster.masters]) {
        await sendCommands(master, [['CLUSTER', 'SETSLOT', String(slot), 'NODE', String(targetId)]]);
      }
      // Now the source redirects with MOVED.
      expect(await countPresent(cache)).toBe(keys.length);
      expect(operations.filter(({ result }) => result === 'error')).toEqual([]);
    });

    it('never returns an older value while a slot moves back and forth', async () => {
      const { cluster, cache, operations, slot, source, target } = await openWithMove();
      const names = findKeysOfSlot(slot, 10);

      let isMoving = true;
      let writes = 0;
      const faults: string[] = [];
      const write = async (name: string) => {
        for (let number = 1; isMoving; number++) {
          // The second set must win over the first, whichever nodes the two reach.
          const older = cache.set(name, -number);
          await cache.set(name, number);
          const read = await cache.get(name);
          // A node that learns that a slot belongs to another node drops its keys of that slot. With such quick moves, Redis itself can
          // lose a key.
          if (read !== number && read !== undefined)
            faults.push(`${name}: ${JSON.stringify(read)} instead of ${number}`);
          await older;
          writes += 2;
          // A bypass settles at once: without this, the loop would starve everything else in this process.
          await new Promise(resolve => setImmediate(resolve));
        }
      };
      const writing = Promise.all(names.map(write));
      const nodes = [source, target] as const;
      for (let count = 0; count < 10; count++) {
        const [from, to] = count % 2 === 0 ? nodes : ([target, source] as const);
        await moveSlot(cluster, slot, from, to);
      }
      isMoving = false;
      await writing;

      expect(writes).toBeGreaterThan(100);
      expect(faults).toEqual([]);
      // If the cache itself had lost a key, there would be an error, or bypasses until the key is removed.
      expect(operations.filter(({ result }) => result === 'error' || result === 'bypass')).toEqual([]);
    });

    it('serves other keys when a master is lost, and all keys when a replica has taken over', async () => {
      const cluster = await startCluster({ replicasPerMaster: 1 });
      const { cache, changes } = openCache(toClusterConfig(cluster));
      await untilAllArePresent(cache, 1000);
      const stopReading = readInTheBackground(cache);

      const [lost, ...others] = cluster.masters;
      await lost?.kill();
      expect(await countPresent(cache)).toBeGreaterThan(keys.length / 3);
      await cluster.waitUntilFine([...others, ...cluster.replicas]);
      await untilAllArePresent(cache, 2000);

      expect(await stopReading()).toBeLessThan(600);
      expect(changes.map(({ state }) => state)).toEqual(['available']);
    });

    it('ends reads within 600 ms while a master is frozen, and serves all keys after the failover', async () => {
      const cluster = await startCluster({ replicasPerMaster: 1 });
      const { cache } = openCache(toClusterConfig(cluster, {}, { commandTimeout: '500ms' }));
      await untilAllArePresent(cache, 1000);
      const stopReading = readInTheBackground(cache);

      const [frozen, ...others] = cluster.masters;
      await frozen?.freeze();
      await cluster.waitUntilFine([...others, ...cluster.replicas]);
      await untilAllArePresent(cache, 10_000);

      expect(await stopReading()).toBeLessThan(600);
    });

    it.each([false, true])(
      'is used although one node is down from the start, with minimizeConnections: %s',
      async minimizeConnections => {
        const cluster = await startCluster({ args: ['--cluster-require-full-coverage', 'no'] });
        await cluster.masters[2]?.kill();
        const { cache, changes } = openCache(toClusterConfig(cluster, { minimizeConnections }));

        await setAll(cache);

        expect(await countPresent(cache)).toBeGreaterThan(keys.length / 2);
        expect(changes.map(({ state }) => state)).toEqual(['available']);
      },
    );

    it('is used when it comes up after the cache', async () => {
      const cluster = await startCluster();
      await Promise.all(cluster.nodes.map(node => node.kill()));
      const { cache, changes } = openCache(toClusterConfig(cluster));
      expect(await cache.get('key')).toBeUndefined();

      await Promise.all(cluster.nodes.map(node => node.start()));
      await cluster.waitUntilFine();
      await untilAllArePresent(cache, 1500);
      expect(changes.map(({ state }) => state)).toEqual(['unavailable', 'available']);
    });

    it('is used with TLS and a password at every node, including announced ones', async () => {
      const credentials = { username: 'backstage', password: 'p@ss word' };
      const cluster = await startCluster({ tls: true, credentials });
      const [node] = cluster.nodes as [TestServer];
      const socket = { tls: true, ca: node.ca };
      const { cache } = openCache({
        [store]: { cluster: { rootNodes: [{ url: node.url }], defaults: { ...credentials, socket } } },
      });
      await setAll(cache);
      expect(await countPresent(cache)).toBe(keys.length);
      expect(Math.min(...(await countKeys(cluster.masters)))).toBeGreaterThan(0);
    });

    it('reads from replicas when useReplicas is true', async () => {
      const cluster = await startCluster({ replicasPerMaster: 1 });
      const { cache } = openCache(toClusterConfig(cluster, { useReplicas: true, minimizeConnections: true }));
      await untilAllArePresent(cache, 5000);
      // No read waits for the connection to the replica.
      const isRead = async () => {
        expect(await Promise.all(keys.map(key => cache.get(key)))).toHaveLength(keys.length);
        const [statistics] = await sendCommands(cluster.replicas[0] as TestServer, [['INFO', 'commandstats']]);
        return String(statistics).includes('cmdstat_get:');
      };
      await until('the replica is read from', isRead, 5000);
    });
  });

  describe('a master with sentinels', () => {
    it('is used, and so is the new master after a failover', async () => {
      const set = await startSentinel();
      const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
      const { cache, changes } = openCache({ [store]: { sentinel: { name: set.name, rootNodes } } });
      await setAll(cache);
      expect(await countPresent(cache)).toBe(keys.length);
      const stopReading = readInTheBackground(cache);

      const master = await set.findMaster();
      await master.kill();
      await set.waitForFailover(master);
      await untilAllArePresent(cache, 2000);

      expect(await stopReading()).toBeLessThan(600);
      expect(changes.map(({ state }) => state)).toEqual(['available', 'unavailable', 'available']);
    });

    it('is replaced by the new master when it freezes while one sentinel is down', async () => {
      const credentials = { password: 'p@ss word' };
      const set = await startSentinel({ credentials });
      const rootNodes = set.sentinels.map(({ host, port }) => ({ url: `${store}://${host}:${port}` }));
      const { cache } = openCache({ [store]: { sentinel: { name: set.name, rootNodes, defaults: credentials } } });
      await setAll(cache);
      expect(await countPresent(cache)).toBe(keys.length);
      await set.sentinels[0]?.kill();

      const master = await set.findMaster();
      await master.freeze();
      await set.waitForFailover(master);
      await untilAllArePresent(cache, 6000);
    });
  });

  describe('TLS', () => {
    it('accepts a private CA that is given in the connection object', async () => {
      const server = await startServer({ tls: true, credentials: { password: 'p@ss word' } });
      const { cache } = openCache({ connection: { url: server.url, socket: { ca: server.ca } } });
      await cache.set('key', 1);
      expect(await cache.get('key')).toBe(1);
    });

    it('refuses a certificate of an unknown CA with CACHE_UNAVAILABLE', async () => {
      const server = await startServer({ tls: true });
      const { cache, changes } = openCache({ connection: server.url });
      await cache.set('key', 1);
      expect(await cache.get('key')).toBeUndefined();
      expect(changes).toMatchObject([{ state: 'unavailable', error: { code: 'CACHE_UNAVAILABLE' } }]);
    });
  });

  describe('a wrong password', () => {
    it('is reported once as CACHE_AUTH, and the store is used when the password becomes valid', async () => {
      const server = await startServer({ credentials: { password: 'old' } });
      const { cache, changes } = openCache({
        connection: { url: `${store}://${server.host}:${server.port}`, password: 'new' },
      });
      for (let count = 0; count < 50; count++) expect(await cache.get('key')).toBeUndefined();

      await sendCommands(server, [['CONFIG', 'SET', 'requirepass', 'new']]);
      const deadlineMs = performance.now() + 1000;
      while ((await cache.get('key')) !== 1 && performance.now() < deadlineMs) {
        await new Promise(resolve => setTimeout(resolve, 10));
        await cache.set('key', 1);
      }

      expect(await cache.get('key')).toBe(1);
      expect(changes).toMatchObject([{ state: 'unavailable', error: { code: 'CACHE_AUTH' } }, { state: 'available' }]);
    });
  });
}
