import { CacheError } from '../contract/cacheError';
import type { CacheDriver } from '../contract/driver';
import { createDriverGuard } from './driverGuard';
import type { CacheOperation, CacheReadBatch, CacheValueSize } from '../contract/observer';
import { measureMs } from '../testing/harness/measureMs';

const COMMAND_TIMEOUT_MS = 30;
const catalog = { pluginId: 'catalog', keyPrefix: 'catalog:' };

/** A guard over a driver that finds nothing and accepts every write. `changes` replaces parts of the driver. */
function open(
  changes: Partial<CacheDriver> = {},
  verifyEntries = false,
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
  maxOverdueMs?: number,
) {
  const operations: CacheOperation[] = [];
  const sizes: CacheValueSize[] = [];
  const batches: CacheReadBatch[] = [];
  const driver = {
    get: jest.fn(changes.get ?? (async (_key: string): Promise<string | undefined> => undefined)),
    set: jest.fn(changes.set ?? (async (_key: string, _value: string, _ttlMs?: number) => {})),
    delete: jest.fn(changes.delete ?? (async (_key: string) => {})),
    close: jest.fn(changes.close ?? (async () => {})),
    ...(changes.getMany && { getMany: changes.getMany }),
    ...(changes.clear && { clear: changes.clear }),
  };
  const store = createDriverGuard({
    store: 'acme',
    createDriver: () => driver,
    probeKey: 'greenroom:probe',
    commandTimeoutMs,
    verifyEntries,
    maxOverdueMs,
    observer: {
      onOperation: operation => void operations.push(operation),
      onValueSize: size => void sizes.push(size),
      onReadBatch: batch => void batches.push(batch),
    },
  });
  return { store, driver, operations, sizes, batches };
}

/** An answer that comes when the test says so. */
function later<T>() {
  let answer: (value: T) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<T>((resolve, reject) => {
    answer = resolve;
    fail = reject;
  });
  return { promise, answer, fail };
}

const nextTurn = () => new Promise<void>(resolve => void setImmediate(resolve));

afterEach(() => {
  jest.restoreAllMocks();
});

describe('an answer after the deadline', () => {
  it('does not turn the miss into a hit, and is not observed again', async () => {
    const late = later<string | undefined>();
    const { store, operations } = open({ get: () => late.promise });
    expect(await store.get(catalog, 'catalog:key')).toBeUndefined();
    late.answer('"bob"');
    await nextTurn();
    expect(operations).toEqual([
      {
        store: 'acme',
        pluginId: 'catalog',
        operation: 'get',
        result: 'error',
        durationMs: expect.any(Number),
        error: expect.objectContaining({ code: 'CACHE_TIMEOUT' }),
      },
    ]);
  });

  // Jest fails a test that leaves an unhandled rejection.
  it.each(['get', 'set', 'delete'] as const)('leaves no unhandled rejection when it rejects a %s', async operation => {
    const late = later<never>();
    const { store, operations } = open({ [operation]: () => late.promise });
    if (operation === 'set') await store.set(catalog, 'catalog:key', '1', undefined);
    else await store[operation](catalog, 'catalog:key');
    late.fail(new Error('ECONNRESET'));
    await nextTurn();
    expect(operations).toHaveLength(1);
    expect(operations[0]).toMatchObject({ operation, result: 'error', error: { code: 'CACHE_TIMEOUT' } });
  });
});

describe('an error of the driver', () => {
  it('is reported unchanged when it is a CacheError', async () => {
    const refused = new CacheError('CACHE_REFUSED', 'READONLY');
    const { store, operations } = open({ delete: () => Promise.reject(refused) });
    await store.delete(catalog, 'catalog:key');
    expect(operations[0]?.error).toBe(refused);
  });

  it('becomes CACHE_UNAVAILABLE with a cause when it is not a CacheError', async () => {
    const cause = new Error('connect ECONNREFUSED');
    const { store, operations } = open({ get: () => Promise.reject(cause) });
    expect(await store.get(catalog, 'catalog:key')).toBeUndefined();
    expect(operations[0]?.error).toMatchObject({ code: 'CACHE_UNAVAILABLE', cause });
  });

  it('is not thrown in the removal after CACHE_TOO_LARGE, and the set is observed once', async () => {
    const { store, operations } = open({
      set: () => Promise.reject(new CacheError('CACHE_TOO_LARGE', 'too large')),
      delete: () => Promise.reject(new Error('ECONNRESET')),
    });
    await store.set(catalog, 'catalog:key', '1', undefined);
    expect(operations.map(({ operation, result }) => [operation, result])).toEqual([['set', 'error']]);
  });

  it('causes no removal after a set when it is CACHE_REFUSED', async () => {
    const { store, driver } = open({ set: () => Promise.reject(new CacheError('CACHE_REFUSED', 'OOM')) });
    await store.set(catalog, 'catalog:key', '1', undefined);
    expect(driver.delete).not.toHaveBeenCalled();
  });
});

describe('many operations on a store that hangs', () => {
  it('all settle, and each is observed once', async () => {
    const hang = () => new Promise<never>(() => {});
    const { store, operations } = open({ get: hang, set: hang, delete: hang });
    const useAll = () =>
      Promise.all(
        Array.from({ length: 1000 }, (_, index): unknown[] => [
          store.get(catalog, `catalog:${index}`),
          store.set(catalog, `catalog:${index}`, '1', 1000),
          store.delete(catalog, `catalog:${index}`),
        ]).flat(),
      );
    // A wide margin: 3,000 operations take a while on a busy machine. The tests of the cache manager check the deadline of one operation.
    expect(await measureMs(useAll)).toBeLessThan(COMMAND_TIMEOUT_MS + 1000);
    expect(operations).toHaveLength(3000);
  });
});

describe('a key whose last write failed', () => {
  const away = async () => {
    throw new CacheError('CACHE_UNAVAILABLE', 'away');
  };

  it('is a miss for a read that was under way when the write failed', async () => {
    const old = later<string | undefined>();
    const fail = async () => {
      throw new Error('A fault');
    };
    const { store } = open({ get: () => old.promise, set: fail, delete: fail });
    const reading = store.get(catalog, 'catalog:key');
    await store.set(catalog, 'catalog:key', '"new"', undefined);
    old.answer('"old"');
    expect(await reading).toBeUndefined();
    await store.close();
  });

  it.each(['set', 'delete'] as const)(
    'is a miss after a failed %s, and its old value is removed later',
    async operation => {
      let isAway = true;
      const entries = new Map([['catalog:key', '"old"']]);
      const write = async (key: string, text?: string) => {
        if (isAway) await away();
        if (text === undefined) entries.delete(key);
        else entries.set(key, text);
      };
      const { store, operations } = open({ get: async key => entries.get(key), set: write, delete: write });
      if (operation === 'set') await store.set(catalog, 'catalog:key', '"new"', undefined);
      else await store.delete(catalog, 'catalog:key');

      expect(await store.get(catalog, 'catalog:key')).toBeUndefined();
      expect(operations.map(({ result }) => result)).toEqual(['error', 'bypass']);
      isAway = false;
      while (entries.size > 0) await nextTurn();
      expect(await store.get(catalog, 'catalog:key')).toBeUndefined();
      await store.set(catalog, 'catalog:key', '"newer"', undefined);
      expect(await store.get(catalog, 'catalog:key')).toBe('newer');
    },
  );

  it('is read again once a later write has succeeded', async () => {
    const set = jest.fn(async () => {}).mockImplementationOnce(away);
    const { store, driver } = open({ get: async () => '"new"', set });
    await store.set(catalog, 'catalog:key', '"lost"', undefined);
    await store.set(catalog, 'catalog:key', '"new"', undefined);
    expect(await store.get(catalog, 'catalog:key')).toBe('new');
    expect(driver.delete).not.toHaveBeenCalled();
  });
});

describe('a store that hangs', () => {
  it('receives nothing but a probe of a bypassed key after five timeouts', async () => {
    const hang = () => new Promise<never>(() => {});
    const { store, driver, operations } = open({ get: hang });
    await Promise.all(Array.from({ length: 5 }, async () => store.get(catalog, 'catalog:key')));
    await Promise.all(Array.from({ length: 100 }, async () => store.get(catalog, 'catalog:key')));
    await store.set(catalog, 'catalog:key', '1', undefined);
    expect(driver.get).toHaveBeenCalledTimes(5);
    expect(driver.set).not.toHaveBeenCalled();
    expect(operations.slice(5).every(({ result }) => result === 'bypass')).toBe(true);
    while (driver.get.mock.calls.length < 6) await nextTurn();
    // The probe reads the key that was bypassed last.
    expect(driver.get.mock.calls[5]).toEqual(['catalog:key']);
    await store.close();
  });

  it('receives at most 5,000 operations and 16 Mi characters at a time', async () => {
    const hang = () => new Promise<never>(() => {});
    const { store, driver } = open({ get: hang, set: hang });
    for (let count = 0; count < 20_500; count++) void store.get(catalog, 'catalog:key');
    expect(driver.get).toHaveBeenCalledTimes(5000);

    const { store: other, driver: otherDriver } = open({ set: hang });
    const text = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 200; count++) void other.set(catalog, `catalog:${count}`, text, undefined);
    expect(otherDriver.set).toHaveBeenCalledTimes(16);
    await Promise.all([store.close(), other.close()]);
  });

  it('ends waiting operations when the 5,000 sent operations time out', async () => {
    const hang = () => new Promise<never>(() => {});
    const { store, driver, operations } = open({ get: hang, set: hang });
    const useAll = () =>
      Promise.all(
        Array.from({ length: 15_000 }, (_, index): unknown[] => [
          store.get(catalog, `catalog:read-${index}`),
          store.set(catalog, `catalog:${index}`, '1', 1000),
        ]).flat(),
      );
    // A wide margin for a busy machine. How many operations are sent does not depend on it.
    expect(await measureMs(useAll)).toBeLessThan(COMMAND_TIMEOUT_MS + 2000);
    expect(driver.get.mock.calls.length + driver.set.mock.calls.length).toBe(5000);
    expect(operations).toHaveLength(30_000);
    expect(operations.filter(({ result }) => result === 'error')).toHaveLength(5000);
    await store.close();
  });

  it('returns no old value after a burst of sets during an outage', async () => {
    const old = new Set(Array.from({ length: 30_000 }, (_, index) => `catalog:${index}`));
    let isAway = true;
    const hang = () => new Promise<never>(() => {});
    const { store } = open({
      get: async key => (isAway ? hang() : old.has(key) ? '"old"' : undefined),
      set: hang,
      delete: async key => (isAway ? hang() : void old.delete(key)),
    });
    const keys = [...old];
    await Promise.all(keys.map(async key => store.set(catalog, key, '"new"', undefined)));
    isAway = false;
    while (old.size > 0) await nextTurn();
    expect(new Set(await Promise.all(keys.map(async key => store.get(catalog, key))))).toEqual(new Set([undefined]));
    await store.close();
  });

  it('makes sets that wait behind a large value time out without being sent', async () => {
    const { store, driver, operations } = open({ set: () => new Promise<never>(() => {}) });
    const text = 'x'.repeat(20 * 1024 * 1024);
    await Promise.all([1, 2, 3].map(async number => store.set(catalog, `catalog:${number}`, text, undefined)));
    expect(driver.set).toHaveBeenCalledTimes(1);
    expect(operations.map(({ error }) => error?.code)).toEqual(['CACHE_TIMEOUT', 'CACHE_TIMEOUT', 'CACHE_TIMEOUT']);
  });
});

describe('a burst on a healthy store', () => {
  /** A driver over entries that answers `perTurn` operations in each turn of the event loop, in order. */
  function openSlow(perTurn: number, changes: Partial<CacheDriver> = {}) {
    const entries = new Map<string, string>();
    const answers: (() => void)[] = [];
    const seen = { inFlight: 0, mostInFlight: 0 };
    const inTurn = <T>(run: () => T) =>
      new Promise<T>(resolve => {
        if (answers.length === 0) setImmediate(answerSome);
        seen.mostInFlight = Math.max(seen.mostInFlight, ++seen.inFlight);
        answers.push(() => {
          seen.inFlight--;
          resolve(run());
        });
      });
    function answerSome() {
      for (const answer of answers.splice(0, perTurn)) answer();
      if (answers.length > 0) setImmediate(answerSome);
    }
    const clear = jest.fn(async () => {});
    const driver = {
      get: (key: string) => inTurn(() => entries.get(key)),
      set: (key: string, text: string) => inTurn(() => void entries.set(key, text)),
      delete: (key: string) => inTurn(() => void entries.delete(key)),
      clear,
      ...changes,
    };
    const opened = open(driver, false, 10_000);
    return { ...opened, entries, clear, seen };
  }

  const keys = Array.from({ length: 12_000 }, (_, index) => `catalog:${index}`);

  it('takes effect completely and in order, 5,000 operations at a time', async () => {
    const { store, entries, operations, seen, clear } = openSlow(500);
    await Promise.all(
      keys.flatMap((key, index): unknown[] => [
        store.set(catalog, key, `"old"`, undefined),
        store.set(catalog, key, `${index}`, undefined),
      ]),
    );
    expect(keys.every((key, index) => entries.get(key) === `${index}`)).toBe(true);
    const values = await Promise.all(keys.map(async key => store.get(catalog, key)));
    expect(values).toEqual(keys.map((_key, index) => index));
    await Promise.all(keys.map(async key => store.delete(catalog, key)));
    expect(entries.size).toBe(0);
    expect(new Set(operations.map(({ result }) => result))).toEqual(new Set(['ok', 'hit']));
    expect(seen.mostInFlight).toBe(5000);
    expect(clear).not.toHaveBeenCalled();
  });

  it('reads with getMany, at most 256 keys at a time', async () => {
    const { store, batches } = openSlow(500, {
      getMany: async wanted => {
        await nextTurn();
        return wanted.map(key => key.slice('catalog:'.length));
      },
    });
    const values = await Promise.all(keys.map(async key => store.get(catalog, key)));
    expect(values).toEqual(keys.map((_key, index) => index));
    expect(Math.max(...batches.map(({ reads }) => reads))).toBe(256);
  });

  it('fails with CACHE_OVERLOADED beyond the backlog, and the keys of refused sets are misses', async () => {
    const { store, entries, operations, clear } = openSlow(500);
    await store.set(catalog, 'catalog:earlier', '1', undefined);
    const many = Array.from({ length: 80 }, (_, index) => `catalog:large-${index}`);
    for (const key of many) entries.set(key, '"old"');
    const text = `"${'x'.repeat(4 * 1024 * 1024)}"`;
    const settled = await Promise.all(many.map(async key => store.set(catalog, key, text, undefined)));
    expect(settled).toHaveLength(80);

    const refused = operations.filter(({ result }) => result === 'error');
    expect(refused.length).toBeGreaterThan(5);
    expect(refused.length).toBeLessThan(20);
    expect(new Set(refused.map(({ error }) => error?.code))).toEqual(new Set(['CACHE_OVERLOADED']));
    const written = 80 - refused.length;
    expect(many.filter(key => entries.get(key) === text)).toHaveLength(written);
    // A refused key is a miss at once, and its removal touches no other key.
    const values = await Promise.all(many.slice(written).map(async key => store.get(catalog, key)));
    expect(new Set(values)).toEqual(new Set([undefined]));
    while ([...entries.values()].includes('"old"')) await nextTurn();
    expect(await store.get(catalog, 'catalog:earlier')).toBe(1);
    expect(clear).not.toHaveBeenCalled();
  });

  it('fails in part with CACHE_OVERLOADED when it waits too long for a slow store', async () => {
    const set = () => new Promise<void>(resolve => void setTimeout(resolve, (COMMAND_TIMEOUT_MS * 2) / 3));
    const { store, operations } = open({ set });
    // At most 16 texts of this length are under way at the same time.
    const text = `"${'x'.repeat(1024 * 1024)}"`;
    await Promise.all(keys.slice(0, 250).map(async key => store.set(catalog, key, text, undefined)));
    const codes = new Set(operations.map(({ error }) => error?.code));
    expect(codes).toContain('CACHE_OVERLOADED');
    await store.close();
  });

  it('settles every operation when the cache closes meanwhile', async () => {
    const { store, driver, operations } = openSlow(500);
    const writes = keys.map(async key => store.set(catalog, key, '1', undefined));
    await store.close();
    await Promise.all(writes);
    expect(driver.set).toHaveBeenCalledTimes(5000);
    expect(operations.filter(({ result }) => result === 'bypass')).toHaveLength(7000);
  });
});

describe('verified entries', () => {
  const NOW_MS = 1_700_000_000_000;
  const entry = (key: string, expiry: number | '-') => `#1 ${key} ${expiry} "bob"`;

  it('are written with their key and their expiry in ms', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW_MS);
    const { store, driver } = open({}, true);
    await store.set(catalog, 'catalog:key', '"bob"', 1);
    await store.set(catalog, 'catalog:key', '"bob"', undefined);
    expect(driver.set.mock.calls).toEqual([
      ['catalog:key', entry('catalog:key', NOW_MS + 1), 1],
      ['catalog:key', entry('catalog:key', '-'), undefined],
    ]);
  });

  it.each([
    ['that expires in 1 ms', entry('catalog:key', NOW_MS + 1), 'bob'],
    ['without expiry', entry('catalog:key', '-'), 'bob'],
    ['that expires now', entry('catalog:key', NOW_MS), undefined],
    ['of another key', entry('catalog:other', '-'), undefined],
    ['of a key with the same beginning', entry('catalog:key2', '-'), undefined],
    ['without a header', '"bob"', undefined],
    ['of a later version', '#2 catalog:key - "bob"', undefined],
  ])('are a hit or a miss according to their header: an entry %s', async (_what, text, value) => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW_MS);
    const { store, operations } = open({ get: async () => text }, true);
    expect(await store.get(catalog, 'catalog:key')).toBe(value);
    expect(operations.map(({ result }) => result)).toEqual([value === undefined ? 'miss' : 'hit']);
  });

  it.each([
    ['1 ms more', 3001, 3000, 'error'],
    ['exactly maxOverdueMs ago', 3000, 3000, 'miss'],
    ['long ago, without a maxOverdueMs', 1_000_000, undefined, 'miss'],
  ])(
    'report CACHE_CLOCK_SKEW only when they expired more than maxOverdueMs ago: %s',
    async (_what, overdueMs, maxOverdueMs, result) => {
      jest.spyOn(Date, 'now').mockReturnValue(NOW_MS);
      // The clock stands still, because the duration of a read counts as well.
      const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
      const text = entry('catalog:key', NOW_MS - overdueMs);
      const { store, operations } = open({ get: async () => text }, true, COMMAND_TIMEOUT_MS, maxOverdueMs);
      expect(await store.get(catalog, 'catalog:key')).toBeUndefined();
      now.mockRestore();
      expect(operations).toEqual([
        expect.objectContaining({
          result,
          ...(result === 'error' && {
            error: expect.objectContaining({ code: 'CACHE_CLOCK_SKEW', message: expect.stringContaining(' 3 s ago ') }),
          }),
        }),
      ]);
    },
  );

  it('report no clock skew when they expired during the read', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW_MS);
    const { answer, promise } = later<string>();
    const { store, operations } = open({ get: () => promise }, true, 10_000, 3000);
    const read = store.get(catalog, 'catalog:key');
    const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 4000);
    answer(entry('catalog:key', NOW_MS - 4000));
    expect(await read).toBeUndefined();
    now.mockRestore();
    expect(operations.map(({ result }) => result)).toEqual(['miss']);
  });

  it('are reported as CACHE_CORRUPT when their JSON is broken', async () => {
    const { store, operations } = open({ get: async () => '#1 catalog:key - {"half":' }, true);
    expect(await store.get(catalog, 'catalog:key')).toBeUndefined();
    expect(operations[0]).toMatchObject({ result: 'error', error: { code: 'CACHE_CORRUPT' } });
  });
});

describe('onValueSize', () => {
  const seen = { store: 'acme', pluginId: 'catalog' };

  it('reports the bytes of sent and found values without the header of the entry', async () => {
    const { store, sizes } = open({ get: async () => '#1 catalog:key - "bób"' }, true);
    await store.set(catalog, 'catalog:key', '"bób"', 1000);
    await store.get(catalog, 'catalog:key');
    expect(sizes).toEqual([
      { ...seen, operation: 'set', bytes: 6 },
      { ...seen, operation: 'get', bytes: 6 },
    ]);
  });

  it('reports a value that the store refuses', async () => {
    const set = () => Promise.reject(new CacheError('CACHE_TOO_LARGE', 'too large'));
    const { store, sizes } = open({ set });
    await store.set(catalog, 'catalog:key', '"bob"', undefined);
    expect(sizes).toEqual([{ ...seen, operation: 'set', bytes: 5 }]);
  });

  it('does not report a miss, a corrupt value, or a value that is not sent', async () => {
    const texts = [undefined, '{"half":'];
    const { store, sizes } = open({ get: async () => texts.shift() });
    await store.get(catalog, 'catalog:key');
    await store.get(catalog, 'catalog:key');
    await store.close();
    await store.set(catalog, 'catalog:key', '"bob"', undefined);
    expect(sizes).toEqual([]);
  });
});

describe('onReadBatch', () => {
  it('reports the number of reads in each batch when the driver has getMany', async () => {
    const { store, batches } = open({ getMany: async keys => keys.map(() => '1') });
    const search = { pluginId: 'search', keyPrefix: 'search:' };
    await Promise.all([
      store.get(catalog, 'catalog:a'),
      store.get(catalog, 'catalog:b'),
      store.get(search, 'search:a'),
    ]);
    await store.get(catalog, 'catalog:a');
    expect(batches).toEqual([
      { store: 'acme', reads: 3 },
      { store: 'acme', reads: 1 },
    ]);
  });

  it('is not called for a driver without getMany', async () => {
    const { store, batches } = open();
    await store.get(catalog, 'catalog:a');
    expect(batches).toEqual([]);
  });
});

describe('close', () => {
  // Callers log the message, and the text of a client's error may hold a password.
  const closeError = { code: 'CACHE_UNAVAILABLE', message: expect.stringContaining('close'), cause: new Error('no') };

  it('closes the driver once, however often it is called', async () => {
    const { store, driver } = open();
    expect(store.close()).toBe(store.close());
    await store.close();
    expect(driver.close).toHaveBeenCalledTimes(1);
  });

  it('settles operations under way', async () => {
    const { store, operations } = open({ get: () => new Promise<never>(() => {}) });
    const pending = store.get(catalog, 'catalog:key');
    await store.close();
    expect(await pending).toBeUndefined();
    expect(operations).toHaveLength(1);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws synchronously',
      () => {
        throw new Error('no');
      },
    ],
  ])('rejects, and further operations are bypassed, when the driver %s', async (_what, close) => {
    const { store, driver, operations } = open({ close });
    await expect((async () => store.close())()).rejects.toMatchObject(closeError);
    expect(await store.get(catalog, 'catalog:key')).toBeUndefined();
    await store.set(catalog, 'catalog:key', '1', undefined);
    expect(driver.get).not.toHaveBeenCalled();
    expect(driver.set).not.toHaveBeenCalled();
    expect(operations.map(({ result }) => result)).toEqual(['bypass', 'bypass']);
  });

  it('rejects instead of throwing when the driver throws synchronously', async () => {
    const { store } = open({
      close: () => {
        throw new Error('no');
      },
    });
    let closing: Promise<void> | undefined;
    expect(() => (closing = store.close())).not.toThrow();
    await expect(closing).rejects.toMatchObject(closeError);
  });
});
