import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createCacheManager, createConfigSource } from '@greenroom/cache-core';
import type { CacheOperation, DriverHost } from '@greenroom/cache-core';
import { memoryDriver } from './memoryDriver';
import type { MemoryOptions } from './memoryDriver';

const host: DriverHost = { connected: () => {}, disconnected: () => {} };

function parse(cache: object) {
  const warnings: string[] = [];
  const options = memoryDriver.parseOptions(createConfigSource(cache, 'backend.cache', text => warnings.push(text)));
  return { options, warnings };
}

describe('options of the memory store', () => {
  it('are bounds that can be left out', () => {
    expect(parse({ store: 'memory' })).toEqual({ options: {}, warnings: [] });
    expect(parse({ memory: { maxBytes: 1000, maxEntries: '10' } }).options).toEqual({ maxBytes: 1000, maxEntries: 10 });
  });

  it.each(['maxBytes', 'maxEntries'])('refuse a %s that is no bound', name => {
    for (const value of [0, -1, 1.5, 'many', true]) {
      expect(() => parse({ memory: { [name]: value } })).toThrow(
        `Invalid configuration at 'backend.cache.memory.${name}': expected a whole number of at least 1`,
      );
    }
  });

  it('warn of useRedisSets, which has no effect anywhere', () => {
    expect(parse({ useRedisSets: true }).warnings).toEqual([
      "'backend.cache.useRedisSets' has no effect and can be removed",
    ]);
  });

  it('warn of a namespace, which nothing needs here', () => {
    expect(parse({ memory: { client: { namespace: 'my-app' } } }).warnings).toEqual([
      "'backend.cache.memory.client.namespace' has no effect: no other application can see the memory of this one",
    ]);
  });
});

describe('the bounds of the memory store', () => {
  async function present(
    options: MemoryOptions,
    use: (driver: ReturnType<typeof memoryDriver.create>) => Promise<void>,
  ) {
    const driver = memoryDriver.create(options, host);
    await use(driver);
    const keys = ['a', 'b', 'c', 'd'];
    const texts = await Promise.all(keys.map(async key => driver.get(key)));
    await driver.close();
    return keys.filter((_key, index) => texts[index] !== undefined);
  }

  it('let the least recently used entry go when there are too many', async () => {
    const kept = await present({ maxEntries: 2 }, async driver => {
      await driver.set('a', '1');
      await driver.set('b', '1');
      await driver.get('a');
      await driver.set('c', '1');
    });
    expect(kept).toEqual(['a', 'c']);
  });

  it('let the least recently used entries go when they take too many bytes', async () => {
    // Each entry counts 16 + 8 for its key, 16 + 1000 for its text and 56 for its place.
    const kept = await present({ maxBytes: 2 * 1096 + 100 }, async driver => {
      for (const key of ['a', 'b', 'c']) await driver.set(key, 'x'.repeat(1000));
    });
    expect(kept).toEqual(['b', 'c']);
  });

  it('make a value that can never fit an error of its own, after which the old value is gone', async () => {
    const operations: CacheOperation[] = [];
    const manager = createCacheManager({
      driver: memoryDriver,
      driverOptions: { maxBytes: 1000 },
      observer: { onOperation: operation => operations.push(operation) },
    });
    const cache = manager.forPlugin('catalog');
    await cache.set('key', 'small');
    await cache.set('key', 'x'.repeat(1000));

    expect(await cache.get('key')).toBeUndefined();
    expect(operations[1]).toMatchObject({ operation: 'set', result: 'error', error: { code: 'CACHE_TOO_LARGE' } });
    await manager.close();
  });
});

describe('many entries', () => {
  /** How often the event loop comes around while this runs. */
  async function turnsDuring(run: () => Promise<void>): Promise<number> {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await run();
    isDone = true;
    return turns;
  }

  async function openFull(options: MemoryOptions) {
    const driver = memoryDriver.create(options, host);
    for (let index = 0; index < 50_000; index++) await driver.set(`plugin-${index % 2}:${index}`, 'text');
    return driver;
  }

  it('are cleared a few at a time', async () => {
    const driver = await openFull({});
    expect(await turnsDuring(async () => driver.clear?.('plugin-1:'))).toBeGreaterThanOrEqual(50);
    expect(await driver.get('plugin-0:49998')).toBe('text');
    expect(await driver.get('plugin-1:49999')).toBeUndefined();
    await driver.close();
  });

  it('make room for a large one a few at a time, which is done when the set is', async () => {
    const driver = await openFull({ maxBytes: 6_000_000 });
    const text = 'x'.repeat(5_000_000);
    expect(await turnsDuring(async () => driver.set('plugin-0:large', text))).toBeGreaterThanOrEqual(40);
    expect(await driver.get('plugin-0:large')).toBe(text);
    // 6,000,000 bytes less those of the large one are room for some 9,000 others: the last of them.
    expect(await driver.get('plugin-0:30000')).toBeUndefined();
    expect(await driver.get('plugin-1:49999')).toBe('text');
    await driver.close();
  });

  it('are let go at once by close, also while others are being cleared', async () => {
    const driver = await openFull({});
    const cleared = driver.clear?.('plugin-0:');
    expect(await turnsDuring(() => driver.close())).toBe(0);
    await cleared;
  });

  it('may be as many as there can be', async () => {
    const driver = memoryDriver.create(
      { maxEntries: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
      host,
    );
    await driver.set('key', 'text');
    expect(await driver.get('key')).toBe('text');
    await driver.close();
  });
});

describe('expired entries', () => {
  it('are freed though nobody reads them', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const heapBytes = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const driver = memoryDriver.create({ maxBytes: 1e9, maxEntries: 1e6 }, host);
    await driver.set('kept', 'text');

    // 100 MB: what else is freed in the process, of other test files for instance, is far less.
    const text = Buffer.alloc(10_000, 'x');
    for (let index = 0; index < 10_000; index++) await driver.set(`key-${index}`, text.toString(), 4000);
    const fullBytes = heapBytes();

    const deadlineMs = performance.now() + 15_000;
    while (fullBytes - heapBytes() < 80e6) {
      if (performance.now() > deadlineMs)
        throw new Error(`Only ${fullBytes - heapBytes()} of 100,000,000 bytes are freed`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    expect(await driver.get('kept')).toBe('text');
    await driver.close();
  }, 30_000);
});
