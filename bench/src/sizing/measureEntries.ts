import { createCacheManager, createConfigSource, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheService } from '@greenroom/cache-core';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { memoryDriver } from '@greenroom/cache-memory';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { sendCommands, startMemcached, startRedis, startValkey } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { readStatistic } from '../serverInformation';

/** Sizes of the stored JSON, in bytes. */
export const valueSizes = [100, 1000, 50_000] as const;

const keyBytes = 50;
const pluginId = 'catalog';
const totalBytes = 100_000_000;
const mostEntries = 100_000;
const ttlMs = 3_600_000;

const toKey = (index: number) => `entity/${index}`.padEnd(keyBytes - `${pluginId}:`.length, '-');
/** The quotes are two bytes of the JSON. */
const toValue = (size: number) => 'v'.repeat(size - 2);

/** For each store, a function that returns the bytes of one entry with a value of this size, including its expiry. */
export const stores: Readonly<Record<string, (valueSize: number) => Promise<number>>> = {
  redis: size => measureByServer(startRedis, redisDriver, size),
  valkey: size => measureByServer(startValkey, valkeyDriver, size),
  memcache: measureMemcached,
  memory: measureMemory,
};

async function measureByServer(
  start: () => Promise<TestServer>,
  driver: CacheDriverDefinition,
  valueSize: number,
): Promise<number> {
  const server = await start();
  const readUsedMemory = async () => {
    const [text] = await sendCommands(server, [['INFO', 'memory']]);
    return Number(/used_memory:(\d+)/.exec(String(text))?.[1]);
  };
  try {
    return await withCache(driver, server.url, async cache => {
      await cache.get('connected');
      const before = await readUsedMemory();
      const entries = Math.min(mostEntries, Math.ceil(totalBytes / valueSize));
      await fill(cache, valueSize, entries);
      return ((await readUsedMemory()) - before) / entries;
    });
  } finally {
    await server.stop();
  }
}

/** Measured by the number of entries that fit, as Memcached rounds up to the sizes of its slabs. */
async function measureMemcached(valueSize: number): Promise<number> {
  const server = await startMemcached({ args: ['-m', '64'] });
  try {
    return await withCache(memcacheDriver, server.url, async cache => {
      await fill(cache, valueSize, Math.ceil((1.5 * 64 * 2 ** 20) / valueSize));
      if ((await readStatistic(server, 'evictions')) === 0) throw new Error('The server is not full');
      return (await readStatistic(server, 'limit_maxbytes')) / (await readStatistic(server, 'curr_items'));
    });
  } finally {
    await server.stop();
  }
}

async function measureMemory(valueSize: number): Promise<number> {
  const driver = memoryDriver.create({}, { connected() {}, disconnected() {} });
  for (let index = 0; index < 1000; index++) {
    await driver.set(`${pluginId}:${toKey(index)}`, JSON.stringify(toValue(valueSize)), ttlMs);
  }
  const { bytes, entries } = driver.figures();
  await driver.close();
  return bytes / entries;
}

async function withCache<T>(
  driver: CacheDriverDefinition,
  connection: string,
  use: (cache: CacheService) => Promise<T>,
): Promise<T> {
  const options = parseDriverOptions(driver, createConfigSource({ connection }, 'backend.cache'));
  const manager = createCacheManager({ driver, driverOptions: options });
  try {
    return await use(manager.forPlugin(pluginId));
  } finally {
    await manager.close();
  }
}

async function fill(cache: CacheService, valueSize: number, entries: number): Promise<void> {
  const value = toValue(valueSize);
  const atOnce = valueSize > 10_000 ? 50 : 1000;
  for (let first = 0; first < entries; first += atOnce) {
    const indexes = Array.from({ length: Math.min(atOnce, entries - first) }, (_, index) => first + index);
    await Promise.all(indexes.map(index => cache.set(toKey(index), value, { ttl: ttlMs })));
  }
}
