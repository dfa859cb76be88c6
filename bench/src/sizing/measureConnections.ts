import { createCacheManager, createConfigSource, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import {
  sendCommands,
  startMemcached,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  startValkey,
  startValkeyCluster,
  startValkeySentinel,
} from '@greenroom/test-servers';
import type { ServerAddress } from '@greenroom/test-servers';
import { readStatistic } from '../serverInformation';

const plugins = 20;

interface Running {
  readonly config: object;
  readonly servers: readonly ServerAddress[];
  readonly stop: () => Promise<void>;
}

const respStores = {
  redis: {
    driver: redisDriver,
    startServer: startRedis,
    startCluster: startRedisCluster,
    startSentinel: startRedisSentinel,
  },
  valkey: {
    driver: valkeyDriver,
    startServer: startValkey,
    startCluster: startValkeyCluster,
    startSentinel: startValkeySentinel,
  },
} as const;

type RespStore = keyof typeof respStores;

/** Resolves to the number of connections that one process with 20 plugins has to each server, by the kind of deployment. */
export async function measureConnections(store: RespStore): Promise<Readonly<Record<string, readonly number[]>>> {
  const { driver } = respStores[store];
  const settings: Readonly<Record<string, () => Promise<Running>>> = {
    'one server': () => startSingle(store),
    'cluster of 3 masters with a replica each': () => startNodes(store, {}),
    'the same with `useReplicas`': () => startNodes(store, { useReplicas: true }),
    'master, replica and 3 sentinels': () => startSet(store),
  };
  const counted: Record<string, readonly number[]> = {};
  for (const [name, start] of Object.entries(settings))
    counted[name] = await count(driver, await start(), countClients);
  return counted;
}

/** The same for two Memcached servers. */
export async function measureMemcachedConnections(): Promise<readonly number[]> {
  const servers = await Promise.all([startMemcached(), startMemcached()]);
  const running = {
    config: { connection: servers.map(({ url }) => url).join(',') },
    servers,
    stop: async () => void (await Promise.all(servers.map(server => server.stop()))),
  };
  // The connection that asks is counted by the server, so it is subtracted.
  return count(memcacheDriver, running, async server => (await readStatistic(server, 'curr_connections')) - 1);
}

async function startSingle(store: RespStore): Promise<Running> {
  const server = await respStores[store].startServer();
  return { config: { connection: server.url }, servers: [server], stop: () => server.stop() };
}

async function startNodes(store: RespStore, options: object): Promise<Running> {
  const cluster = await respStores[store].startCluster({ replicasPerMaster: 1 });
  const rootNodes = cluster.nodes.slice(0, 2).map(({ url }) => ({ url }));
  const config = { [store]: { cluster: { rootNodes, ...options } } };
  return { config, servers: cluster.nodes, stop: () => cluster.stop() };
}

async function startSet(store: RespStore): Promise<Running> {
  const set = await respStores[store].startSentinel();
  const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
  const config = { [store]: { sentinel: { name: set.name, rootNodes } } };
  return { config, servers: [...set.servers, ...set.sentinels], stop: () => set.stop() };
}

async function count(
  driver: CacheDriverDefinition,
  { config, servers, stop }: Running,
  countOf: (server: ServerAddress) => Promise<number>,
): Promise<readonly number[]> {
  const before = await Promise.all(servers.map(countOf));
  const options = parseDriverOptions(driver, createConfigSource(config, 'backend.cache'));
  const manager = createCacheManager({ driver, driverOptions: options });
  try {
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: plugins }, (_, index) => manager.forPlugin(`plugin-${index}`).get(`key-${round}`)),
      );
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    const after = await Promise.all(servers.map(countOf));
    return after.map((connections, index) => connections - (before[index] ?? 0));
  } finally {
    await manager.close();
    await stop();
  }
}

/** Counts connections other than those of sentinels, which can come at any time. Those of replicas exist before and afterwards. */
async function countClients(server: ServerAddress): Promise<number> {
  const [clients] = await sendCommands(server, [['CLIENT', 'LIST']]);
  return String(clients)
    .trim()
    .split('\n')
    .filter(line => !line.includes(' name=sentinel-')).length;
}
