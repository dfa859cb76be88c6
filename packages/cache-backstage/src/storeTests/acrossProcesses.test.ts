/** `acrossProcesses` with processes that are killed, and with servers that go away. */
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheLease } from '@greenroom/cache-core';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { within } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { uniqueId } from '../testSupport/startBackend';
import { startLoadingProcess } from '../testSupport/startLoadingProcess';
import type { LoadingProcess } from '../testSupport/startLoadingProcess';
import { serverStores, toCacheConfig } from '../testSupport/stores';

const drivers: Record<string, CacheDriverDefinition> = {
  redis: redisDriver,
  valkey: valkeyDriver,
  memcache: memcacheDriver,
};

/** Time until an operation is given up: 500 ms, and 500 ms more for a busy machine. */
const GIVEN_UP_MS = 500 + 500;

function openCache(config: { readonly store: string }, onLease: (lease: CacheLease) => void = () => {}) {
  const driver = drivers[config.store] as CacheDriverDefinition;
  const driverOptions = parseDriverOptions(driver, createConfigSource(config, 'backend.cache'));
  const manager = createCacheManager({ driver, driverOptions, observer: { onLease } });
  cleanUp(() => manager.close());
  return { manager, cache: extendCache(manager.forPlugin('catalog')) };
}

const startProcess = () => startLoadingProcess(serverStores.map(toCacheConfig));

/** Processes that no test kills. */
let processes: readonly LoadingProcess[] = [];
beforeAll(async () => {
  processes = await Promise.all(Array.from({ length: 10 }, startProcess));
});
afterAll(() => Promise.all(processes.map(each => each.kill())));

describe.each(serverStores)('processes that share $store', row => {
  const config = toCacheConfig(row);
  const { store } = row;

  it('load an expiring hot key at most twice, with 10 processes and 100 misses in each', async () => {
    const { cache } = openCache(config);
    for (let round = 0; round < 3; round++) {
      const key = uniqueId();
      const before = processes.flatMap(({ loadsAtMs }) => loadsAtMs).length;
      await cache.set(key, 'old', { ttl: 500 });
      const task = { store, key, callers: 100, expiring: 'old', restMs: 300, loadMs: 300 };
      const options = { ttl: '1m', acrossProcesses: true } as const;
      const values = await Promise.all(processes.map(one => one.get({ ...task, options })));
      const loads = processes.flatMap(({ loadsAtMs }) => loadsAtMs).length - before;
      expect(loads).toBeGreaterThanOrEqual(1);
      expect(loads).toBeLessThanOrEqual(2);
      expect(new Set(values.flat()).size).toBeLessThanOrEqual(loads);
    }
  });

  it('load after the lease of a killed process has ended', async () => {
    const leaseMs = 2000;
    const holder = await startProcess();
    cleanUp(() => holder.kill());
    const [waiting] = processes as [LoadingProcess];
    const earlier = waiting.loadsAtMs.length;
    const options = { ttl: '1m', acrossProcesses: true, hardTimeout: leaseMs } as const;
    const task = { store, key: uniqueId(), callers: 100, loadMs: 10, options };
    const lost = holder.get({ ...task, loadMs: 60_000 }).catch(() => 'lost');
    await holder.loading;
    const values = waiting.get(task);
    await holder.kill();
    expect(await lost).toBe('lost');
    expect(await values).toHaveLength(1);
    const loadsAtMs = waiting.loadsAtMs.slice(earlier);
    expect(loadsAtMs).toHaveLength(1);
    const [leaseAtMs = 0, loadAtMs = 0] = [...holder.loadsAtMs, ...loadsAtMs];
    // The killed process has not given the lease back, and the waiting callers began after it was taken.
    expect(loadAtMs - leaseAtMs).toBeGreaterThan(leaseMs / 2);
    expect(loadAtMs - leaseAtMs).toBeLessThan(leaseMs + 1000);
  });
});

describe.each(serverStores)('a caller that waits for the load of another process in $store', ({ store, server }) => {
  /** One cache has the lease of a key, and another one waits for it. */
  async function wait() {
    const running = await server.start();
    const config = { store, connection: running.url };
    const key = uniqueId();
    const holder = openCache(config);
    await new Promise<void>(started => {
      const endless = () => (started(), new Promise<string>(() => {}));
      void holder.cache.getOrSet(key, endless, { acrossProcesses: true });
    });
    let waiting: Promise<string | undefined> | undefined;
    let other: ReturnType<typeof openCache> | undefined;
    await new Promise<void>(refused => {
      other = openCache(config, ({ result }) => result === 'refused' && refused());
      waiting = other.cache.getOrSet<string>(key, () => 'loaded', { acrossProcesses: true });
    });
    return { running, key, waiting: waiting as Promise<string>, other: other as ReturnType<typeof openCache> };
  }

  it.each(['kill', 'freeze'] as const)('loads within 1 s when the server goes away: %s', async fault => {
    const { running, key, waiting, other } = await wait();
    await running[fault]();
    expect(await within(GIVEN_UP_MS, waiting)).toBe('loaded');
    // Later callers do not wait for leases of a store that does not answer.
    const late = [1, 2].map(number =>
      other.cache.getOrSet(`${key}-${number}`, () => 'late', { acrossProcesses: true }),
    );
    expect(await within(GIVEN_UP_MS, Promise.all(late))).toEqual(['late', 'late']);
    if (fault === 'freeze') await running.thaw();
  });

  it('loads within 1 s when its cache is closed', async () => {
    const { waiting, other } = await wait();
    await other.manager.close();
    expect(await within(GIVEN_UP_MS, waiting)).toBe('loaded');
  });
});
