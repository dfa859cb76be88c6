import { CacheError } from '../contract/cacheError';
import type { CacheDriver, DriverHost } from '../contract/driver';
import type { CacheOperation } from '../contract/observer';
import { createNearCache } from '../near/nearCache';
import { createNearCopies } from '../near/nearCopies';
import { createSharedValue } from '../values/sharedValue';
import { createDriverGuard } from './driverGuard';
import { clearNear, createNearGuard } from './nearGuard';

const KEY = 'catalog:key';
const catalog = { pluginId: 'catalog', keyPrefix: 'catalog:' };
const MAX_STALENESS_MS = 1000;

/** A call of the driver, which the test answers. */
interface Call {
  readonly method: 'get' | 'set' | 'delete' | 'clear';
  readonly key: string;
  answer(text?: string): void;
  fail(): void;
}

/** Clocks that advance only when the test says so. */
let monotonicMs = 0;
let wallMs = 0;
beforeEach(() => {
  jest.spyOn(performance, 'now').mockImplementation(() => monotonicMs);
  jest.spyOn(Date, 'now').mockImplementation(() => wallMs);
  monotonicMs = 5000;
  wallMs = 1_700_000_000_000;
});
afterEach(() => void jest.restoreAllMocks());

function pass(ms: number): void {
  monotonicMs += ms;
  wallMs += ms;
}

/** Waits until the answers of the driver have reached the plugins. */
const settle = () => new Promise<void>(resolve => void setImmediate(resolve));

function open(changes: Partial<CacheDriver> = {}, options: { maxBytes?: number; verifyEntries?: boolean } = {}) {
  const calls: Call[] = [];
  const operations: string[] = [];
  const call = (method: Call['method'], key: string) =>
    new Promise<string | undefined>((resolve, reject) => {
      calls.push({ method, key, answer: resolve, fail: () => reject(new CacheError('CACHE_UNAVAILABLE', 'no')) });
    });
  const observer = {
    onOperation: ({ operation, result }: CacheOperation) => void operations.push(`${operation} ${result}`),
  };
  let host: DriverHost | undefined;
  const guard = createDriverGuard({
    store: 'acme',
    createDriver(driverHost) {
      host = driverHost;
      return {
        get: key => call('get', key),
        set: async key => void (await call('set', key)),
        delete: async key => void (await call('delete', key)),
        clear: async prefix => void (await call('clear', prefix)),
        close: async () => {},
        ...changes,
      };
    },
    probeKey: 'greenroom:probe',
    commandTimeoutMs: 60_000,
    verifyEntries: options.verifyEntries ?? false,
    observer,
  });
  const copies = createNearCopies(options.maxBytes);
  const near = createNearCache(copies);
  const cache = createNearGuard({ store: 'acme', guard, near, maxStalenessMs: MAX_STALENESS_MS, observer });
  /** Answers the oldest waiting call, which has to be a call of this method. */
  async function answer(method: Call['method'], text?: string): Promise<void> {
    const next = calls.shift();
    expect(next?.method).toBe(method);
    next?.answer(text);
    await settle();
  }
  /** A read that the store answers. */
  async function fill(text: string, key = KEY): Promise<unknown> {
    const reading = cache.get(catalog, key);
    await answer('get', text);
    return reading;
  }
  /** Reads a key, and answers with a miss when the store is asked. So only a near copy gives a value. */
  async function find(key = KEY): Promise<unknown> {
    const reading = cache.get(catalog, key);
    if (calls.length > 0) await answer('get');
    return reading;
  }
  return { cache, guard, near, copies, calls, operations, answer, fill, find, host: host as unknown as DriverHost };
}

describe('a near copy', () => {
  it('is served until maxStaleness after the store was asked for it', async () => {
    const { cache, calls, near, operations, answer, find } = open();
    const reading = cache.get(catalog, KEY);
    pass(400);
    await answer('get', '{"name":"bob"}');
    expect(await reading).toEqual({ name: 'bob' });
    pass(599.9);
    expect(await find()).toEqual({ name: 'bob' });
    pass(0.1);
    expect(await find()).toBeUndefined();
    expect(calls).toEqual([]);
    expect(operations).toEqual(['get hit', 'get near', 'get miss']);
    expect(near.figures).toMatchObject({ hits: 1, fills: 1, drops: { written: 0, cleared: 0, aged: 1, evicted: 0 } });
  });

  it.each([
    ['forward makes it older', 0, 1000, undefined],
    ['back makes it no younger', 1000, -5000, undefined],
    ['back makes it no older', 999, -5000, 1],
  ])('ages by the clock that has advanced more: a wall clock jump %s', async (_, passedMs, jumpMs, found) => {
    const { fill, find } = open();
    await fill('1');
    monotonicMs += passedMs;
    wallMs += jumpMs;
    expect(await find()).toBe(found);
  });

  it('is served as a separate value to each reader', async () => {
    const { fill, find } = open();
    const first = await fill('{"list":[1]}');
    for (let time = 0; time < 2; time++) {
      const taken = (await find()) as { list: number[] };
      expect(taken).toEqual({ list: [1] });
      taken.list.push(2);
    }
    expect(first).toEqual({ list: [1] });
  });

  it('shares one frozen value, even with a later read of the same text from the store', async () => {
    const { cache, copies, fill, answer } = open();
    await fill('{"a":1}');
    const bytes = copies.bytes;
    const first = await cache.getEntry(catalog, KEY, { copies, isFreshOnly: true });
    expect(first?.isNear).toBe(true);
    expect(copies.bytes).toBeGreaterThan(bytes);
    pass(1000);
    const reading = cache.getEntry(catalog, KEY, { copies, isFreshOnly: true });
    await answer('get', '{"a":1}');
    const second = await reading;
    expect(second?.isNear).toBeUndefined();
    const third = await cache.getEntry(catalog, KEY, { copies, isFreshOnly: true });
    expect(third?.isNear).toBe(true);
    expect(second?.value.frozen()).toBe(first?.value.frozen());
    expect(third?.value.frozen()).toBe(first?.value.frozen());
  });

  it('is not made from an entry that was kept while the store is away', async () => {
    const { cache, calls, copies } = open();
    const fallback = {
      value: createSharedValue('1'),
      freshUntilMs: Infinity,
      staleUntilMs: Infinity,
      isShielded: true,
    } as const;
    const reading = cache.getEntry(catalog, KEY, { fallback });
    calls.shift()?.fail();
    expect(await reading).toBe(fallback);
    expect(copies.size).toBe(0);
  });

  it('is not made from a miss, an error or a stale entry', async () => {
    const { cache, calls, copies, answer, fill, find } = open({}, { verifyEntries: true });
    await find();
    const failing = cache.get(catalog, KEY);
    calls.shift()?.fail();
    await failing;
    const stale = cache.getEntry(catalog, KEY, {});
    await answer('get', `#2 ${KEY} ${wallMs + 500} ${wallMs - 1} 0 1`);
    expect((await stale)?.value.take()).toBe(1);
    expect(copies.size).toBe(0);
    expect(await fill(`#1 ${KEY} ${wallMs + 500} 2`)).toBe(2);
    expect(copies.size).toBe(1);
  });

  it('ends when its entry expires or becomes stale according to the header', async () => {
    const { fill, find } = open({}, { verifyEntries: true });
    await fill(`#1 ${KEY} ${wallMs + 500} 1`);
    pass(499);
    expect(await find()).toBe(1);
    pass(1);
    expect(await find()).toBeUndefined();
    await fill(`#2 ${KEY} ${wallMs + 900} ${wallMs + 300} 0 1`);
    pass(300);
    expect(await find()).toBeUndefined();
  });

  it('is evicted when a later one needs its room', async () => {
    const { copies, near, fill, find } = open({}, { maxBytes: 2000 });
    for (const key of ['a', 'b', 'c', 'd', 'e']) await fill('"text"', `catalog:${key}`);
    expect(copies.bytes).toBeLessThanOrEqual(2000);
    expect(near.figures).toMatchObject({ maxBytes: 2000, entries: copies.size, fills: 5 });
    expect(near.figures.drops.evicted).toBe(5 - copies.size);
    expect(await find('catalog:a')).toBeUndefined();
    expect(await find('catalog:e')).toBe('text');
  });

  it('counts as aged, not as evicted, when it makes room after maxStaleness', async () => {
    const { copies, near, fill } = open({}, { maxBytes: 2000 });
    for (const key of ['a', 'b']) await fill('"text"', `catalog:${key}`);
    pass(1000);
    for (const key of ['c', 'd', 'e', 'f']) await fill('"text"', `catalog:${key}`);
    expect(copies.size).toBe(4);
    expect(near.figures.drops).toMatchObject({ aged: 2, evicted: 0 });
  });
});

describe('the answer of a read', () => {
  it.each<[string, (opened: ReturnType<typeof open>) => unknown]>([
    ['a set', ({ cache }) => cache.set(catalog, KEY, '2', undefined)],
    ['a delete', ({ cache }) => cache.delete(catalog, KEY)],
    ['a clear', ({ cache }) => cache.clear(catalog)],
    ['a clear of an operator', ({ near, guard }) => clearNear(near, 'catalog:', () => guard.clear(catalog))],
  ])('is not kept when the read began before %s', async (_, write) => {
    const opened = open();
    const { cache, calls, copies } = opened;
    const reading = cache.get(catalog, KEY);
    const [read] = calls.splice(0);
    const writing = write(opened);
    read?.answer('1');
    await reading;
    expect(copies.size).toBe(0);
    for (const call of calls) call.fail();
    await Promise.resolve(writing).catch(() => {});
    expect(copies.size).toBe(0);
  });

  it('is not kept when a write of its key ended after the read began', async () => {
    const { cache, calls, copies } = open();
    const writing = cache.delete(catalog, KEY);
    const reading = cache.get(catalog, KEY);
    const [write, read] = calls;
    write?.answer();
    await writing;
    read?.answer('1');
    expect(await reading).toBe(1);
    expect(copies.size).toBe(0);
  });

  it('is kept only until an earlier write of its key ends', async () => {
    const { cache, calls, copies, near } = open();
    const writing = cache.delete(catalog, KEY);
    const reading = cache.get(catalog, KEY);
    const [write, read] = calls;
    read?.answer('1');
    await reading;
    expect(copies.size).toBe(1);
    write?.answer();
    await writing;
    expect(copies.size).toBe(0);
    expect(near.figures.drops.written).toBe(1);
  });

  it('is not kept when a later read was answered first; a poll that misses drops the copy', async () => {
    const { cache, calls, copies, find } = open();
    const readings = [cache.get(catalog, KEY), cache.get(catalog, KEY), cache.pollEntry(catalog, KEY)];
    const [first, second, third] = calls.splice(0);
    second?.answer('2');
    await readings[1];
    first?.answer('1');
    await readings[0];
    expect(await find()).toBe(2);
    third?.answer();
    await readings[2];
    expect(copies.size).toBe(0);
  });

  it('is kept when only another key was written meanwhile', async () => {
    const { cache, calls, find } = open();
    const reading = cache.get(catalog, 'catalog:other');
    void cache.set(catalog, KEY, '2', undefined);
    const [read] = calls.splice(0);
    read?.answer('1');
    await reading;
    expect(await find('catalog:other')).toBe(1);
  });

  it('leaves no watched key when all reads and writes have ended', async () => {
    const { cache, calls, near } = open();
    const all: unknown[] = [cache.get(catalog, KEY), cache.get(catalog, KEY), cache.set(catalog, KEY, '1', undefined)];
    all.push(cache.delete(catalog, KEY), cache.set(catalog, KEY, '2', undefined), cache.get(catalog, KEY));
    for (const call of calls.splice(0)) call.answer();
    await Promise.all(all);
    expect(near.watchedKeys).toBe(0);
  });
});

describe('a set', () => {
  it('keeps a copy of its value when the store has it, aged from the time of the call', async () => {
    const { cache, answer, find, operations } = open();
    const setting = cache.set(catalog, KEY, '{"a":1}', undefined);
    pass(300);
    await answer('set');
    await setting;
    pass(699);
    expect(await find()).toEqual({ a: 1 });
    pass(1);
    expect(await find()).toBeUndefined();
    expect(operations).toEqual(['set ok', 'get near', 'get miss']);
  });

  it('keeps a copy no longer than its ttl and its freshness', async () => {
    const { cache, answer, find } = open();
    void cache.set(catalog, KEY, '1', 200);
    pass(100);
    await answer('set');
    expect(await find()).toBe(1);
    pass(100);
    expect(await find()).toBeUndefined();
    const [freshUntilMs, staleUntilMs] = [wallMs + 50, wallMs + 500];
    void cache.set(catalog, KEY, '1', 500, { freshUntilMs, staleUntilMs, metaJson: '{"etag":"x"}' });
    await answer('set');
    expect(await cache.getEntry(catalog, KEY, {})).toMatchObject({
      freshUntilMs,
      staleUntilMs,
      metaJson: '{"etag":"x"}',
    });
    pass(50);
    expect(await find()).toBeUndefined();
  });

  it('keeps a copy of every 64th value while no copy is read, and of every value after a read', async () => {
    const { cache, calls, near, find } = open();
    const setting = async (key: string, json = '1') => {
      const set = cache.set(catalog, key, json, undefined);
      calls.shift()?.answer();
      await set;
    };
    const countFills = async (sets: number, name: string) => {
      const before = near.figures.fills;
      for (let id = 0; id < sets; id++) await setting(`catalog:${name}-${id}`);
      return near.figures.fills - before;
    };
    expect(await countFills(64, 'first')).toBe(64);
    expect(await countFills(640, 'later')).toBe(10);
    // A set that leaves no copy drops the earlier copy all the same.
    await setting('catalog:first-1', '2');
    expect(await find('catalog:first-1')).toBeUndefined();
    expect(await find('catalog:first-0')).toBe(1);
    expect(await countFills(64, 'last')).toBe(64);
    expect(near.watchedKeys).toBe(0);
  });

  it.each([['before'], ['after']])(
    'keeps no copy of its value when a later read of its key is answered %s the set ends',
    async when => {
      const { cache, calls, find } = open();
      void cache.set(catalog, KEY, '"own"', undefined);
      const reading = cache.get(catalog, KEY);
      const [set, get] = calls.splice(0);
      if (when === 'after') set?.answer();
      await settle();
      get?.answer('"later"');
      expect(await reading).toBe('later');
      set?.answer();
      await settle();
      expect(await find()).not.toBe('own');
    },
  );

  it('drops the previous copy when it is called, and keeps none when it fails', async () => {
    const { cache, calls, copies, fill, near } = open();
    await fill('1');
    const setting = cache.set(catalog, KEY, '2', undefined);
    expect(copies.size).toBe(0);
    calls.shift()?.fail();
    await setting;
    expect(copies.size).toBe(0);
    expect(near.figures.drops.written).toBe(1);
    // The key is stale: it is not read before the old value is removed.
    expect(await cache.get(catalog, KEY)).toBeUndefined();
    expect(copies.size).toBe(0);
  });

  it.each([
    ['called', [0, 1]],
    ['settled', [1, 0]],
  ])('keeps no copy when another write of the key is %s after the call of the set', async (_, order) => {
    const { cache, calls, copies } = open();
    const settings = [cache.set(catalog, KEY, '1', undefined), cache.delete(catalog, KEY)];
    const writes = calls.splice(0);
    for (const index of order) {
      writes[index]?.answer();
      await settings[index];
      expect(copies.size).toBe(0);
    }
  });

  it('keeps no copy when it is bypassed, and copies of other keys are still served', async () => {
    const { cache, calls, fill, host } = open();
    await fill('1', 'catalog:other');
    await fill('1');
    host.disconnected(new CacheError('CACHE_UNAVAILABLE', 'gone'));
    calls.splice(0);
    expect(await cache.get(catalog, 'catalog:other')).toBe(1);
    await cache.set(catalog, KEY, '2', undefined);
    expect(await cache.get(catalog, KEY)).toBeUndefined();
    pass(1000);
    expect(await cache.get(catalog, 'catalog:other')).toBeUndefined();
    expect(calls.filter(({ method }) => method === 'set')).toEqual([]);
  });

  it('reuses the frozen value of the previous copy when it writes the same text', async () => {
    const { cache, copies, fill, answer } = open();
    await fill('{"a":1}');
    const frozen = (await cache.getEntry(catalog, KEY, { copies }))?.value.frozen();
    void cache.set(catalog, KEY, '{"a":1}', undefined);
    await answer('set');
    const entry = await cache.getEntry(catalog, KEY, { copies });
    expect(entry?.isNear).toBe(true);
    expect(entry?.value.frozen()).toBe(frozen);
  });
});

describe('a poll for an entry of another process', () => {
  it('asks the store although there is a copy, and keeps a copy of what it finds', async () => {
    const { cache, calls, fill, find, answer } = open();
    await fill('1');
    const polling = cache.pollEntry(catalog, KEY);
    expect(calls).toHaveLength(1);
    await answer('get', '2');
    expect(await polling).toMatchObject({ value: { json: '2' } });
    expect(await find()).toBe(2);
  });
});

describe('a clear', () => {
  it('drops all copies of its prefix when it is called, and keeps those of other prefixes', async () => {
    const { cache, copies, fill, answer, near } = open();
    for (const key of ['catalog:a', 'catalog:b']) await fill('1', key);
    const search = { pluginId: 'search', keyPrefix: 'search:' };
    const other = cache.get(search, 'search:a');
    await answer('get', '3');
    await other;
    const clearing = cache.clear(catalog);
    expect(copies.size).toBe(1);
    // Set after the clear was called, so it stays, and may be read.
    void cache.set(catalog, 'catalog:a', '2', undefined);
    await answer('set');
    await answer('clear');
    await clearing;
    expect(await cache.get(search, 'search:a')).toBe(3);
    expect(near.figures.drops.cleared).toBeGreaterThanOrEqual(2);
  });
});

describe('a store that answers without a promise', () => {
  it('has no near copies', async () => {
    const store = new Map([[KEY, '1']]);
    const { cache, copies, near, operations } = open({
      get: key => store.get(key),
      set: (key, text) => void store.set(key, text),
      delete: key => void store.delete(key),
    });
    for (let time = 0; time < 2; time++) {
      expect(cache.get(catalog, KEY)).toBe(1);
      expect((cache.getEntry(catalog, KEY, {}) as { value: { json: string } }).value.json).toBe('1');
      void cache.set(catalog, KEY, '1', undefined);
    }
    expect(await cache.pollEntry(catalog, KEY)).toMatchObject({ value: { json: '1' } });
    expect(cache.get(catalog, 'catalog:missing')).toBeUndefined();
    void cache.delete(catalog, KEY);
    expect(cache.get(catalog, KEY)).toBeUndefined();
    expect([copies.size, near.figures.fills, near.figures.hits, near.watchedKeys]).toEqual([0, 0, 0, 0]);
    expect(operations).not.toContain('get near');
  });

  it('gets near copies of reads that it answers with a promise', async () => {
    const store = new Map([[KEY, '1']]);
    let isLocal = true;
    const { cache, copies } = open({ get: key => (isLocal ? store.get(key) : Promise.resolve(store.get(key))) });
    expect(cache.get(catalog, KEY)).toBe(1);
    isLocal = false;
    for (let time = 0; time < 2; time++) expect(await cache.get(catalog, KEY)).toBe(1);
    expect(copies.size).toBe(1);
    expect(cache.get(catalog, KEY)).toBe(1);
  });
});

describe('a closed near guard', () => {
  it('answers every read with a miss and keeps no late answer', async () => {
    const { cache, calls, copies, fill } = open();
    await fill('1', 'catalog:other');
    const reading = cache.get(catalog, KEY);
    await cache.close();
    calls.shift()?.answer('1');
    await reading;
    expect(copies.size).toBe(0);
    expect(await cache.get(catalog, KEY)).toBeUndefined();
    expect(await cache.get(catalog, 'catalog:other')).toBeUndefined();
    expect(calls).toEqual([]);
  });
});
