/** What `extendCache` promises on our cache in clusters and behind sentinels, with both clients. */
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheManager } from '@greenroom/cache-core';
import { extendedCases } from '@greenroom/cache-core/testing';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import {
  startRedisCluster,
  startRedisSentinel,
  startValkeyCluster,
  startValkeySentinel,
} from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { uniqueId } from '../testSupport/startBackend';
import { withPatience } from '../testSupport/withPatience';

type Config = Readonly<Record<string, unknown>>;
interface Servers {
  readonly config: Config;
  stop(): Promise<void>;
}

const toNodes = (store: string, servers: readonly TestServer[]) =>
  servers.map(({ host, port }) => ({ url: `${store}://${host}:${port}` }));

const startCluster = async (store: string, start: typeof startRedisCluster): Promise<Servers> => {
  const cluster = await start();
  return {
    config: { [store]: { cluster: { rootNodes: toNodes(store, cluster.masters) } } },
    stop: () => cluster.stop(),
  };
};

const startSentinel = async (store: string, start: typeof startRedisSentinel): Promise<Servers> => {
  const { name, sentinels, stop } = await start();
  return { config: { [store]: { sentinel: { name, rootNodes: toNodes(store, sentinels) } } }, stop };
};

describe.each<[string, CacheDriverDefinition, () => Promise<Servers>]>([
  ['a redis cluster', redisDriver, () => startCluster('redis', startRedisCluster)],
  ['a valkey cluster', valkeyDriver, () => startCluster('valkey', startValkeyCluster)],
  ['redis behind sentinels', redisDriver, () => startSentinel('redis', startRedisSentinel)],
  ['valkey behind sentinels', valkeyDriver, () => startSentinel('valkey', startValkeySentinel)],
])('our cache in %s', (_what, driver, start) => {
  let opened: { readonly servers: Servers; readonly managers: readonly [CacheManager, CacheManager] };

  beforeAll(async () => {
    const servers = await start();
    const config = withPatience({ store: driver.store, ...servers.config });
    const driverOptions = parseDriverOptions(driver, createConfigSource(config, 'backend.cache'));
    const open = () => createCacheManager({ driver, driverOptions });
    opened = { servers, managers: [open(), open()] };
    // The first answer tells the slots of the cluster, or the master of the sentinels.
    await extendCache(opened.managers[0].forPlugin(uniqueId())).set('key', 1);
  });
  afterAll(async () => {
    await Promise.all(opened.managers.map(manager => manager.close()));
    await opened.servers.stop();
  });

  it.each(extendedCases)('$name', async ({ run }) => {
    const [one, two] = opened.managers;
    await run({
      open: () => one.forPlugin(uniqueId()),
      openTwo: () => {
        const pluginId = uniqueId();
        return [one.forPlugin(pluginId), two.forPlugin(pluginId)];
      },
    });
  });
});
