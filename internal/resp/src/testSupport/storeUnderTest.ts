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
import type { RemoteOperations } from '@greenroom/test-servers';

const starters = {
  redis: { startServer: startRedis, startCluster: startRedisCluster, startSentinel: startRedisSentinel },
  valkey: { startServer: startValkey, startCluster: startValkeyCluster, startSentinel: startValkeySentinel },
};

/** Something to be undone when a test ends, whether it passed or not. */
const cleanups: (() => Promise<unknown>)[] = [];

/** Has something undone when the test ends; what came last goes first. */
export function cleanUp(undo: () => Promise<unknown>): void {
  cleanups.push(undo);
}

/** A store for RESP servers, its servers, and ways to open it that end with the test. */
export type StoreUnderTest = ReturnType<typeof createStoreUnderTest>;

type RemoteDriver = RemoteOperations & CacheDriver;

/** To be called once in a test file, by the driver that it is about. */
export function createStoreUnderTest(driver: CacheDriverDefinition, serverName: string) {
  const { startServer, startCluster, startSentinel } = starters[driver.store as keyof typeof starters];
  const toOptions = (cache: object) => driver.parseOptions(createConfigSource(cache, 'backend.cache'));

  afterEach(async () => {
    for (const undo of cleanups.splice(0).reverse()) await undo();
  });

  return {
    driver,
    serverName,
    store: driver.store as keyof typeof starters,
    sharedUrl: () => sharedServerUrl(driver.store as keyof typeof starters),
    startServer: async (options?: Parameters<typeof startServer>[0]) => started(startServer(options)),
    /** These last for several tests, and are to be stopped by whoever starts them. */
    startLastingServer: () => startServer(),
    startLastingCluster: () => startCluster(),
    startCluster: async (options?: Parameters<typeof startCluster>[0]) => started(startCluster(options)),
    startSentinel: async (options?: Parameters<typeof startSentinel>[0]) => started(startSentinel(options)),
    toOptions,

    /** The cache of the plugin `catalog`, and all that the observer is told. */
    openCache(cache: object) {
      const operations: CacheOperation[] = [];
      const changes: CacheStateChange[] = [];
      const manager = createCacheManager({
        driver,
        driverOptions: toOptions(cache),
        observer: {
          onOperation: operation => void operations.push(operation),
          onStateChange: change => void changes.push(change),
        },
      });
      cleanUp(() => manager.close());
      return { manager, cache: manager.forPlugin('catalog'), operations, changes };
    },

    /** A driver whose host can be listened to, for the events `connected` and `disconnected`. */
    openDriver(cache: object, onConnected: (driver: RemoteDriver) => void = () => {}) {
      const events = new EventEmitter();
      const opened = driver.create(toOptions(cache), {
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

async function started<Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  cleanUp(() => server.stop());
  return server;
}

/** Resolves when `isTrue` says so, asked again and again. Rejects after `withinMs`. */
export async function until(what: string, isTrue: () => Promise<boolean> | boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** What an operation rejects with, or `undefined`. */
export async function errorOf(operation: Promise<unknown>): Promise<CacheError | undefined> {
  return operation.then(
    () => undefined,
    (error: unknown) => error as CacheError,
  );
}
