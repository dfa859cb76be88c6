import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { createCacheManager, createConfigSource } from '@greenroom/cache-core';
import type { CacheOperation, DriverHost, EntryPage } from '@greenroom/cache-core';
import { memoryDriver } from './memoryDriver';
import type { MemoryOptions } from './memoryOptions';

const host: DriverHost = { connected: () => {}, disconnected: () => {} };

function parse(cache: object) {
  const warnings: string[] = [];
  const options = memoryDriver.parseOptions(createConfigSource(cache, 'backend.cache', text => warnings.push(text)));
  return { options, warnings };
}

describe('options of the memory store', () => {
  it('accept maxBytes and maxEntries, both optional', () => {
    expect(parse({ store: 'memory' })).toEqual({ options: {}, warnings: [] });
    expect(parse({ memory: { maxBytes: 1000, maxEntries: '10' } }).options).toEqual({ maxBytes: 1000, maxEntries: 10 });
  });

  it.each(['maxBytes', 'maxEntries'])('reject a %s that is not a whole number of at least 1', name => {
    for (const value of [0, -1, 1.5, 'many', true]) {
      expect(() => parse({ memory: { [name]: value } })).toThrow(
        `Invalid configuration at 'backend.cache.memory.${name}': expected a whole number of at least 1`,
      );
    }
  });

  it('warn that useRedisSets has no effect', () => {
    expect(parse({ useRedisSets: true }).warnings).toEqual([
      "'backend.cache.useRedisSets' has no effect and can be removed",
    ]);
  });

  it('warn that client.namespace has no effect', () => {
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

  it('evict the least recently used entry above maxEntries', async () => {
    const kept = await present({ maxEntries: 2 }, async driver => {
      await driver.set('a', '1');
      await driver.set('b', '1');
      await driver.get('a');
      await driver.set('c', '1');
    });
    expect(kept).toEqual(['a', 'c']);
  });

  it('evict the least recently used entry above maxBytes', async () => {
    // Each entry counts 16 + 8 for its key, 16 + 1000 for its text and 168 for its place.
    const kept = await present({ maxBytes: 2 * 1208 + 100 }, async driver => {
      for (const key of ['a', 'b', 'c']) await driver.set(key, 'x'.repeat(1000));
    });
    expect(kept).toEqual(['b', 'c']);
  });

  it('report CACHE_TOO_LARGE for a value above maxBytes, and remove the old value', async () => {
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

/** Returns the number of turns of the event loop during `run`. */
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

describe('many entries', () => {
  async function openFull(options: MemoryOptions) {
    const driver = memoryDriver.create(options, host);
    for (let index = 0; index < 50_000; index++) await driver.set(`plugin-${index % 2}:${index}`, 'text');
    return driver;
  }

  it('are cleared in small batches, over at least 50 turns of the event loop', async () => {
    const driver = await openFull({});
    expect(await turnsDuring(async () => void (await driver.clear?.('plugin-1:')))).toBeGreaterThanOrEqual(50);
    expect(await driver.get('plugin-0:49998')).toBe('text');
    expect(await driver.get('plugin-1:49999')).toBeUndefined();
    await driver.close();
  });

  it('are evicted in small batches before the set of a large value resolves', async () => {
    const driver = await openFull({ maxBytes: 12_000_000 });
    const text = 'x'.repeat(10_000_000);
    expect(await turnsDuring(async () => driver.set('plugin-0:large', text))).toBeGreaterThanOrEqual(40);
    expect(await driver.get('plugin-0:large')).toBe(text);
    // About the last 6,000 of the other entries have room beside it.
    expect(await driver.get('plugin-0:30000')).toBeUndefined();
    expect(await driver.get('plugin-1:49999')).toBe('text');
    await driver.close();
  });

  it('can be read, set and deleted while others are being cleared', async () => {
    const driver = await openFull({});
    const cleared = driver.clear?.('plugin-1:');
    let isCleared = false;
    void cleared?.then(() => (isCleared = true));
    const deleted = new Set<string>();
    for (let turn = 0; !isCleared; turn++) {
      for (let index = turn * 1000; index < turn * 1000 + 500; index += 4) {
        deleted.add(`plugin-0:${index}`);
        await driver.delete(`plugin-0:${index}`);
      }
      await driver.get(`plugin-0:${turn * 1000 + 2}`);
      await driver.set(`new:${turn}`, 'text');
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(deleted.size).toBeGreaterThan(1000);
    const wrong: string[] = [];
    for (let index = 0; index < 50_000; index++) {
      const key = `plugin-${index % 2}:${index}`;
      if (driver.get(key) !== (index % 2 === 1 || deleted.has(key) ? undefined : 'text')) wrong.push(key);
    }
    expect(wrong).toEqual([]);
    expect(driver.get('new:0')).toBe('text');
    await driver.close();
  });

  it('stay within maxEntries and maxBytes when the store has several shards', async () => {
    const bounds = { maxEntries: 60_000, maxBytes: 15_000_000 };
    const driver = memoryDriver.create(bounds, host);
    const largest = { entries: 0, bytes: 0 };
    for (let index = 0; index < 70_000; index++) {
      await driver.set(`key-${index}`, 'text');
      const { entries, bytes } = driver.figures();
      largest.entries = Math.max(largest.entries, entries);
      largest.bytes = Math.max(largest.bytes, bytes);
    }
    expect(largest.entries).toBe(bounds.maxEntries);

    // Each shard makes room for a large value, which is never evicted for itself.
    for (let index = 0; index < 10; index++) {
      const text = 'x'.repeat(14_000_000);
      await driver.set(`large-${index}`, text);
      expect(driver.get(`large-${index}`)).toBe(text);
      largest.bytes = Math.max(largest.bytes, driver.figures().bytes);
    }
    expect(driver.figures().entries).toBeLessThan(10_000);
    expect(largest.bytes).toBeLessThanOrEqual(bounds.maxBytes);
    await driver.close();
  });

  it('do not delay close, even during a clear', async () => {
    const driver = await openFull({});
    const cleared = driver.clear?.('plugin-0:');
    expect(await turnsDuring(() => driver.close())).toBe(0);
    await cleared;
  });

  it('maxEntries and maxBytes can be Number.MAX_SAFE_INTEGER', async () => {
    const driver = memoryDriver.create(
      { maxEntries: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
      host,
    );
    await driver.set('key', 'text');
    expect(await driver.get('key')).toBe('text');
    await driver.close();
  });
});

describe('figures of the memory store', () => {
  const bytesOf = (text: string) => {
    const driver = memoryDriver.create({}, host);
    void driver.set('key', text);
    return driver.figures().bytes;
  };

  it('count one byte per character of a Latin-1 text, and two per character of any other text', () => {
    const ofText = (text: string) => bytesOf(text) - bytesOf('');
    expect(ofText('x'.repeat(800))).toBe(800);
    expect(ofText('ÿ'.repeat(800))).toBe(800);
    expect(ofText(`${'x'.repeat(799)}Ā`)).toBe(1600);
  });

  it('count 200 bytes per entry besides its characters, and the same after it was read', async () => {
    const driver = memoryDriver.create({}, host);
    for (let index = 100; index < 200; index++) await driver.set(`key-0${index}`, 'x'.repeat(400));
    expect(driver.figures()).toEqual({ entries: 100, bytes: 100 * (8 + 400 + 200), evictions: 0, expiries: 0 });
    for (let index = 100; index < 200; index++) await driver.get(`key-0${index}`);
    expect(driver.figures().bytes).toBe(100 * (8 + 400 + 200));
    await driver.close();
    expect(driver.figures()).toEqual({ entries: 0, bytes: 0, evictions: 0, expiries: 0 });
  });

  it('count evictions and expiries separately, without deleted, replaced and cleared entries', async () => {
    jest.useFakeTimers();
    try {
      const driver = memoryDriver.create({ maxEntries: 3 }, host);
      for (const key of ['a', 'b', 'c', 'd', 'e']) await driver.set(key, 'text', 1000);
      expect(driver.figures()).toMatchObject({ entries: 3, evictions: 2, expiries: 0 });

      jest.advanceTimersByTime(1001);
      expect(driver.get('c')).toBeUndefined();
      expect(driver.figures()).toMatchObject({ entries: 2, evictions: 2, expiries: 1 });
      // The other entries expire although nobody reads them.
      jest.advanceTimersByTime(5000);
      expect(driver.figures()).toMatchObject({ entries: 0, evictions: 2, expiries: 3 });

      await driver.set('a', 'old');
      await driver.set('a', 'new');
      await driver.delete('a');
      await driver.set('b', 'text');
      await driver.clear?.('b');
      expect(driver.figures()).toMatchObject({ entries: 0, evictions: 2, expiries: 3 });
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('figures of a plugin', () => {
  it('count only its own entries, and are 0 before it has any', async () => {
    const driver = memoryDriver.create({ maxEntries: 3 }, host);
    const none = { entries: 0, bytes: 0, evictions: 0, expiries: 0 };
    expect(driver.figuresOf('catalog:')).toEqual(none);
    await driver.set('catalog:a', 'x'.repeat(400));
    await driver.set('catalog2:a', 'x');
    await driver.set('without-a-colon', 'x');
    expect(driver.figuresOf('catalog:')).toEqual({ ...none, entries: 1, bytes: 16 + 16 + 16 + 400 + 168 });
    expect(driver.figuresOf('catalog2:')).toMatchObject({ entries: 1 });
    for (const key of ['b', 'c', 'd']) await driver.set(`techdocs:${key}`, 'x');
    expect(driver.figuresOf('catalog:')).toEqual({ ...none, evictions: 1 });
    await driver.clear?.('techdocs:');
    expect(driver.figuresOf('techdocs:')).toEqual(none);
    await driver.close();
    expect(driver.figuresOf('catalog:')).toEqual(none);
  });

  it('are kept for at most 1,000 plugins', async () => {
    const driver = memoryDriver.create({}, host);
    for (let plugin = 0; plugin < 1500; plugin++) await driver.set(`plugin-${plugin}:key`, 'x');
    for (let plugin = 0; plugin < 1500; plugin++) await driver.delete(`plugin-${plugin}:key`);
    await driver.set('plugin-0:key', 'x');
    await driver.set('plugin-1499:key', 'x');
    expect(driver.figuresOf('plugin-0:').entries).toBe(1);
    expect(driver.figuresOf('plugin-1499:').entries).toBe(0);
    await driver.close();
  });
});

describe('a listing of the memory store', () => {
  const readAll = async (pages: AsyncIterable<EntryPage> | undefined) => {
    const read: EntryPage[] = [];
    for await (const page of pages ?? []) read.push(page);
    return read;
  };
  const keysOf = async (pages: AsyncIterable<EntryPage> | undefined) =>
    (await readAll(pages)).flatMap(({ entries }) => entries.map(({ key }) => key));

  it('resumes from a cursor, and misses no entry while others are read, set and deleted', async () => {
    const driver = memoryDriver.create({ maxEntries: 200_000 }, host);
    for (let index = 0; index < 1000; index++) await driver.set(`catalog:${index}`, 'x');
    const listed: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      for await (const page of driver.entries?.('catalog:', {
        details: false,
        pageSize: 50,
        ...(cursor !== undefined && { cursor }),
      }) ?? []) {
        listed.push(...page.entries.map(({ key }) => key));
        expect(page.entries.length).toBeLessThanOrEqual(50);
        cursor = page.cursor;
        pages++;
        break;
      }
      await driver.set(`catalog:new-${pages}`, 'x');
      await driver.delete(`catalog:${pages * 7 + 1}`);
      for (let index = 0; index < 1000; index += 3) void driver.get(`catalog:${index}`);
    } while (cursor !== undefined);
    expect(pages).toBeGreaterThanOrEqual(18);
    expect(new Set(listed).size).toBe(listed.length);
    const old = Array.from({ length: 1000 }, (_, index) => `catalog:${index}`);
    const missed = old.filter(key => driver.get(key) !== undefined && !listed.includes(key));
    expect(missed).toEqual([]);
    await driver.close();
  });

  it('gives bytes and expiresInMs of each entry, and leaves out expired entries', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    try {
      const driver = memoryDriver.create({}, host);
      await driver.set('catalog:short', 'x', 10);
      await driver.set('catalog:long', 'x', 5000);
      await driver.set('catalog:ever', 'x');
      jest.advanceTimersByTime(1000);
      const [page] = await readAll(driver.entries?.('catalog:', { details: true }));
      expect(page?.entries.map(({ key, expiresInMs }) => [key, expiresInMs]).sort()).toEqual([
        ['catalog:ever', null],
        ['catalog:long', 4000],
      ]);
      expect(driver.get('catalog:short')).toBeUndefined();
      const bytes = page?.entries.reduce((sum, entry) => sum + (entry.bytes ?? 0), 0);
      expect(driver.figuresOf('catalog:').bytes).toBe(bytes);
      expect(await driver.clear?.('catalog:')).toEqual({ entries: 2 });
      await driver.close();
    } finally {
      jest.useRealTimers();
    }
  });

  it('takes at least 90 turns with 50,000 entries in the store, and stops on abort or close', async () => {
    const driver = memoryDriver.create({}, host);
    for (let index = 0; index < 50_000; index++) await driver.set(`plugin-${index % 2}:${index}`, 'text');
    let listed: string[] = [];
    const turns = await turnsDuring(async () => {
      listed = await keysOf(driver.entries?.('plugin-1:', { details: false }));
    });
    expect(turns).toBeGreaterThanOrEqual(90);
    expect(new Set(listed).size).toBe(25_000);

    const stop = new AbortController();
    const stopped = keysOf(driver.entries?.('', { details: false, signal: stop.signal }));
    stop.abort();
    expect(await stopped).toEqual([]);
    const closed = keysOf(driver.entries?.('', { details: false }));
    await driver.close();
    await expect(closed).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
  });

  it('rejects with CACHE_INVALID_CURSOR for a cursor it did not give', async () => {
    const driver = memoryDriver.create({}, host);
    for (const cursor of ['', 'A', 'zzzzzzz', '12345678', '127.0.0.1:6379/0']) {
      await expect(keysOf(driver.entries?.('', { details: false, cursor }))).rejects.toMatchObject({
        code: 'CACHE_INVALID_CURSOR',
      });
    }
    await driver.close();
  });
});

describe('the memory store, compared with a model', () => {
  const prefixes = ['plugin-0:', 'plugin-1:', 'plugin-2:'];
  const keys = fc.constantFrom(...Array.from({ length: 300 }, (_, index) => `plugin-${index % 3}:${index}`));
  // Texts with one byte for each character, and texts with two.
  const texts = fc
    .array(fc.oneof(fc.nat(0xff), fc.nat(0xffff)), { maxLength: 40 })
    .map(units => String.fromCharCode(...units));
  const ttls = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });
  const operations = fc.array(
    fc.oneof(
      { weight: 60, arbitrary: fc.record({ type: fc.constant('set' as const), key: keys, text: texts, ttlMs: ttls }) },
      { weight: 30, arbitrary: fc.record({ type: fc.constant('get' as const), key: keys }) },
      { weight: 20, arbitrary: fc.record({ type: fc.constant('delete' as const), key: keys }) },
      { weight: 10, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 20 }) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('sweep' as const) }) },
    ),
    { maxLength: 1000, size: 'max' },
  );

  const expectFiguresOf = (driver: ReturnType<typeof memoryDriver.create>, model: Model) => {
    const ofAll = prefixes.map(prefix => driver.figuresOf(prefix));
    const expected = prefixes.map(prefix => model.figuresOf(prefix));
    const isRight = ofAll.every(
      ({ entries, bytes }, index) => entries === expected[index]?.entries && bytes === expected[index]?.bytes,
    );
    // Called only on a difference, because `expect` is slower than the store.
    if (!isRight) expect(ofAll).toMatchObject(expected);
    const { evictions, expiries } = driver.figures();
    const sumOf = (figure: 'evictions' | 'expiries') => ofAll.reduce((sum, each) => sum + each[figure], 0);
    if (sumOf('evictions') !== evictions) expect(sumOf('evictions')).toBe(evictions);
    if (sumOf('expiries') !== expiries) expect(sumOf('expiries')).toBe(expiries);
  };

  it('behaves like a bounded Map that evicts the least recently used entry', () => {
    jest.useFakeTimers();
    try {
      fc.assert(
        fc.property(
          operations,
          fc.integer({ min: 500, max: 60_000 }),
          fc.integer({ min: 1, max: 200 }),
          (list, maxBytes, maxEntries) => {
            const driver = memoryDriver.create({ maxBytes, maxEntries }, host);
            const model = new Model(maxBytes, maxEntries);
            for (const operation of list) {
              if (operation.type === 'set') {
                void driver.set(operation.key, operation.text, operation.ttlMs);
                model.set(operation.key, operation.text, operation.ttlMs);
              } else if (operation.type === 'get') {
                const [text, expected] = [driver.get(operation.key), model.get(operation.key)];
                if (text !== expected) expect(text).toBe(expected);
              } else if (operation.type === 'delete') {
                void driver.delete(operation.key);
                model.delete(operation.key);
              } else {
                // In steps of 1 ms, because the store sweeps at times of its own.
                for (let ms = operation.type === 'wait' ? operation.ms : 5000; ms > 0; ms--) {
                  const before = driver.figures().expiries;
                  jest.advanceTimersByTime(1);
                  if (driver.figures().expiries > before) model.removeExpired();
                }
                if (operation.type === 'sweep') model.removeExpired();
              }
              const [figures, expected] = [driver.figures(), model.figures()];
              const isRight = figures.entries === expected.entries && figures.bytes === expected.bytes;
              if (!isRight) expect(figures).toMatchObject(expected);
              if (operation.type === 'wait') expectFiguresOf(driver, model);
            }
            expectFiguresOf(driver, model);
            void driver.close();
          },
        ),
        { numRuns: 50 },
      );
    } finally {
      jest.useRealTimers();
    }
  });
});

interface ModelEntry {
  readonly text: string;
  readonly expiresAtMs: number;
  readonly bytes: number;
}

class Model {
  readonly #entries = new Map<string, ModelEntry>();
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  /** Most entries so far. The arrays of the store have room for this many, and count 70 bytes for each. */
  #mostEntries = 0;
  #entryBytes = 0;

  constructor(maxBytes: number, maxEntries: number) {
    this.#maxBytes = maxBytes;
    this.#maxEntries = maxEntries;
  }

  figures() {
    return { entries: this.#entries.size, bytes: this.#bytes() };
  }

  figuresOf(prefix: string) {
    const own = [...this.#entries].filter(([key]) => key.startsWith(prefix)).map(([, { bytes }]) => bytes + 70);
    return { entries: own.length, bytes: own.reduce((sum, bytes) => sum + bytes, 0) };
  }

  get(key: string): string | undefined {
    const entry = this.#entries.get(key);
    this.delete(key);
    if (!entry || isOver(entry)) return undefined;
    this.#put(key, entry);
    return entry.text;
  }

  set(key: string, text: string, ttlMs = Infinity): void {
    const textBytes = [...text].every(character => character <= 'ÿ') ? text.length : 2 * text.length;
    const bytes = 16 + 8 * Math.ceil(key.length / 8) + 16 + 8 * Math.ceil(textBytes / 8) + 98;
    this.delete(key);
    this.#put(key, { text, expiresAtMs: performance.now() + ttlMs, bytes });
    this.#mostEntries = Math.max(this.#mostEntries, this.#entries.size);
    for (const oldest of this.#entries.keys()) {
      if (this.#isFull() && oldest !== key) this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entryBytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  #put(key: string, entry: ModelEntry): void {
    this.#entryBytes += entry.bytes;
    this.#entries.set(key, entry);
  }

  removeExpired(): void {
    for (const [key, entry] of this.#entries) if (isOver(entry)) this.delete(key);
  }

  #isFull(): boolean {
    return this.#bytes() > this.#maxBytes || this.#entries.size > this.#maxEntries;
  }

  #bytes(): number {
    return this.#entryBytes + 70 * this.#mostEntries;
  }
}

function isOver({ expiresAtMs }: ModelEntry): boolean {
  return expiresAtMs < performance.now();
}

describe('expired entries', () => {
  it('are freed even if nobody reads them', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const heapBytes = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const driver = memoryDriver.create({ maxBytes: 1e9, maxEntries: 1e6 }, host);
    await driver.set('kept', 'text');

    // 100 MB, because what else is freed in the process, such as memory of other test files, is far less.
    const text = Buffer.alloc(10_000, 'x');
    for (let index = 0; index < 10_000; index++) await driver.set(`key-${index}`, text.toString(), 4000);
    const fullBytes = heapBytes();

    const deadlineMs = performance.now() + 15_000;
    // Waits for the sweep first, because a garbage collection takes long and frees nothing before it.
    while (driver.figures().entries > 1 && performance.now() < deadlineMs) {
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    while (fullBytes - heapBytes() < 80e6) {
      if (performance.now() > deadlineMs)
        throw new Error(`Only ${fullBytes - heapBytes()} of 100,000,000 bytes are freed`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    expect(await driver.get('kept')).toBe('text');
    await driver.close();
  });

  it('are freed while other entries remain and keep their ttl', async () => {
    jest.useFakeTimers();
    try {
      const driver = memoryDriver.create({}, host);
      await driver.set('for ever', 'text');
      await driver.set('for an hour', 'text', 3_600_000);
      const { bytes } = driver.figures();
      for (let index = 0; index < 20_000; index++) await driver.set(`key-${index}`, 'text', 1000);
      jest.advanceTimersByTime(10_000);
      expect(driver.figures()).toMatchObject({ entries: 2, bytes, expiries: 20_000 });

      expect(driver.get('for an hour')).toBe('text');
      jest.advanceTimersByTime(3_600_000);
      expect(driver.get('for an hour')).toBeUndefined();
      expect(driver.get('for ever')).toBe('text');
      await driver.close();
    } finally {
      jest.useRealTimers();
    }
  });
});
