import { EventEmitter } from 'node:events';
import { createCacheManager, createConfigSource } from '@greenroom/cache-core';
import type {
  CacheDriver,
  CacheDriverDefinition,
  CacheError,
  CacheOperation,
  CacheStateChange,
} from '@greenroom/cache-core';
import {
  sharedServerUrl,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  startValkey,
  startValkeyCluster,
  startValkeySentinel,
} from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import type { RemoteOperations } from '@greenroom/test-servers';

const starters = {
  redis: { startServer: startRedis, startCluster: startRedisCluster, startSentinel: startRedisSentinel },
  valkey: { startServer: startValkey, startCluster: startValkeyCluster, startSentinel: startValkeySentinel },
};

/** A store for RESP servers, with its servers and caches. What it opens is closed when the test ends. */
export type StoreUnderTest = ReturnType<typeof createStoreUnderTest>;

type RemoteDriver = RemoteOperations & CacheDriver;

/** Call once per test file, with the driver under test. */
export function createStoreUnderTest(driver: CacheDriverDefinition, serverName: string) {
  const { startServer, startCluster, startSentinel } = starters[driver.store as keyof typeof starters];
  const toOptions = (cache: object) => driver.parseOptions(createConfigSource(cache, 'backend.cache'));

  return {
    driver,
    serverName,
    store: driver.store as keyof typeof starters,
    sharedUrl: () => sharedServerUrl(driver.store as keyof typeof starters),
    startServer: async (options?: Parameters<typeof startServer>[0]) => started(startServer(options)),
    /** Servers of this and the next function last for several tests. The caller stops them. */
    startLastingServer: () => startServer(),
    startLastingCluster: () => startCluster(),
    startCluster: async (options?: Parameters<typeof startCluster>[0]) => started(startCluster(options)),
    startSentinel: async (options?: Parameters<typeof startSentinel>[0]) => started(startSentinel(options)),
    toOptions,

    // In both functions below, a command may take 5 s unless `cache` says otherwise: while other tests run, a server can take longer than
    // half a second, and few tests are about that.

    /** Opens the cache of the plugin `catalog`, and records the events of its observer. */
    openCache(cache: object) {
      const operations: CacheOperation[] = [];
      const changes: CacheStateChange[] = [];
      const manager = createCacheManager({
        driver,
        driverOptions: toOptions(withPatience(cache, driver.store)),
        observer: {
          onOperation: operation => void operations.push(operation),
          onStateChange: change => void changes.push(change),
        },
      });
      cleanUp(() => manager.close());
      return { manager, cache: manager.forPlugin('catalog'), operations, changes };
    },

    /** Opens a driver, and emits events `connected` and `disconnected` when it calls these methods of its host. */
    openDriver(cache: object, onConnected: (driver: RemoteDriver) => void = () => {}) {
      const events = new EventEmitter();
      const opened = driver.create(toOptions(withPatience(cache, driver.store)), {
        connected: () => {
          onConnected(opened);
          events.emit('connected');
        },
        disconnected: (error: CacheError) => void events.emit('disconnected', error),
      }) as RemoteDriver;
      cleanUp(() => opened.close());
      return { driver: opened, events };
    },
  };
}

interface CacheSections {
  readonly [section: string]: { readonly client?: object } | undefined;
}

/** Adds a `commandTimeout` of 5 s to `backend.cache` if it has none. */
function withPatience(cache: object, store: string): object {
  const sections = cache as CacheSections;
  // Without a section of its own, Valkey reads that of Redis.
  const name = !sections[store] && sections.redis ? 'redis' : store;
  return { ...sections, [name]: { ...sections[name], client: { commandTimeout: '5s', ...sections[name]?.client } } };
}

async function started<Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  cleanUp(() => server.stop());
  return server;
}
