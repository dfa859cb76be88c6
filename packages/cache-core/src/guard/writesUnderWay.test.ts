import type { Awaitable } from '../contract/awaitable';
import { CacheError } from '../contract/cacheError';
import type { CacheErrorCode } from '../contract/cacheError';
import type { Waiting } from './deadlines';
import type { CacheDriver, DriverHost } from '../contract/driver';
import { createDriverGuard } from './driverGuard';
import { Write } from './operation';
import { createWritesUnderWay } from './writesUnderWay';

const COMMAND_TIMEOUT_MS = 200;
const KEY = 'catalog:key';
const catalog = { pluginId: 'catalog', keyPrefix: 'catalog:' };

/** A call of a driver that the test answers. */
interface Call {
  readonly name: 'set' | 'delete';
  readonly text?: string;
  succeed(): void;
  fail(code?: CacheErrorCode): void;
}

/** A guard over a store whose writes take effect in order, and are answered when the test says so. */
function open() {
  const entries = new Map<string, string>();
  const calls: Call[] = [];
  let host: DriverHost | undefined;
  const call = (name: Call['name'], key: string, text?: string) =>
    new Promise<void>((resolve, reject) => {
      calls.push({
        name,
        ...(text !== undefined && { text }),
        succeed() {
          if (text === undefined) entries.delete(key);
          else entries.set(key, text);
          resolve();
        },
        fail: (code = 'CACHE_UNAVAILABLE') => reject(new CacheError(code, 'no')),
      });
    });
  const store = openGuard(driverHost => {
    host = driverHost;
    return {
      get: async key => entries.get(key),
      set: (key, text) => call('set', key, text),
      delete: key => call('delete', key),
      close: async () => {},
    };
  });
  const set = (text: string, key = KEY) => Promise.resolve(store.set(catalog, key, text, undefined));
  return { store, entries, calls, set, host: host as unknown as DriverHost };
}

function openGuard(createDriver: (host: DriverHost) => CacheDriver) {
  const store = createDriverGuard({
    store: 'acme',
    createDriver,
    probeKey: 'greenroom:probe',
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    verifyEntries: false,
    observer: {},
  });
  opened.push(store);
  return store;
}

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => void (await Promise.all(opened.splice(0).map(store => store.close()))));

const nextTurn = () => new Promise<void>(resolve => void setImmediate(resolve));

async function untilCalls(calls: readonly Call[], count: number): Promise<void> {
  while (calls.length < count) await nextTurn();
}

describe('a value that the store has no room for', () => {
  type Run<T> = () => Awaitable<T>;
  /** Stores that differ in when they carry out and answer a write. */
  const stores: [string, () => (run: Run<void>) => Awaitable<void>][] = [
    ['synchronously', () => run => run()],
    ['in the same turn', () => async run => run()],
    [
      'in a later turn',
      () => {
        let last = Promise.resolve();
        return run => {
          const done = last.then(nextTurn).then(run);
          last = done.catch(() => {});
          return done;
        };
      },
    ],
  ];
  const codes = ['CACHE_TOO_LARGE', 'CACHE_FULL'] as const;

  it.each(stores.flatMap(([when, create]) => codes.map(code => [when, code, create] as const)))(
    'does not remove a value that is set after it when the store answers %s with %s',
    async (_when, code, create) => {
      const entries = new Map([[KEY, '"old"']]);
      const carryOut = create();
      const store = openGuard(() => ({
        get: key => entries.get(key),
        set: (key, text) =>
          carryOut(() => {
            if (text === '"large"') throw new CacheError(code, 'no');
            entries.set(key, text);
          }),
        delete: key => carryOut(() => void entries.delete(key)),
        close: async () => {},
      }));
      await Promise.all([store.set(catalog, KEY, '"large"', undefined), store.set(catalog, KEY, '"new"', undefined)]);
      for (let turn = 0; turn < 5; turn++) await nextTurn();
      expect(await store.get(catalog, KEY)).toBe('new');
      expect(entries.get(KEY)).toBe('"new"');
      await store.set(catalog, KEY, '"large"', undefined);
      expect(entries.has(KEY)).toBe(false);
      expect(await store.get(catalog, KEY)).toBeUndefined();
    },
  );

  it('removes the old value exactly once, and a later value stays', async () => {
    const { store, entries, calls, set } = open();
    entries.set(KEY, '"old"');
    const large = set('"large"');
    calls[0]?.fail('CACHE_TOO_LARGE');
    await untilCalls(calls, 2);
    const newer = set('"new"');
    // Both answers arrive in one packet.
    calls[1]?.succeed();
    calls[2]?.succeed();
    await Promise.all([large, newer]);
    expect(await store.get(catalog, KEY)).toBe('new');
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(calls.map(({ name }) => name)).toEqual(['set', 'delete', 'set']);
  });

  it('removes nothing when the answer comes after the deadline', async () => {
    const { calls, set } = open();
    await set('"large"');
    const newer = set('"new"');
    calls[0]?.fail('CACHE_TOO_LARGE');
    calls[1]?.succeed();
    await newer;
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(calls.map(({ name }) => name)).toEqual(['set', 'set']);
  });
});

describe('writes under way', () => {
  it('are indexed again only after all of them have ended', () => {
    const writes = ['a', 'b', 'a'].map((key, number) => new Write(catalog, 'set', key, 0, number + 1));
    const [first, second, third] = writes as [Write, Write, Write];
    first.next = second;
    const findOldest = jest.fn((): Waiting => first);
    const underWay = createWritesUnderWay(findOldest);

    expect([underWay.newestOf('a'), underWay.newestOf('b'), underWay.newestOf('c')]).toEqual([
      first,
      second,
      undefined,
    ]);
    underWay.sent(third);
    underWay.ended(first);
    expect([underWay.newestOf('a'), underWay.newestOf('b')]).toEqual([third, second]);
    underWay.ended(second);
    expect(underWay.newestOf('b')).toBeUndefined();
    expect(findOldest).toHaveBeenCalledTimes(1);
    underWay.ended(third);
    underWay.newestOf('a');
    expect(findOldest).toHaveBeenCalledTimes(2);
  });
});

describe('the removal after a failed write', () => {
  it('waits for a later write of the key and is dropped when that write succeeds', async () => {
    const { store, calls, set, host } = open();
    const lost = set('"lost"');
    calls[0]?.fail();
    await lost;
    const newer = set('"new"');
    host.connected();
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(calls.map(({ name }) => name)).toEqual(['set', 'set']);
    calls[1]?.succeed();
    await newer;
    host.connected();
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(calls).toHaveLength(2);
    expect(await store.get(catalog, KEY)).toBe('new');
  });

  it('is sent when the later write has failed', async () => {
    const { entries, calls, set, host } = open();
    entries.set(KEY, '"before"');
    const writes = [set('"lost"')];
    calls[0]?.fail();
    await writes[0];
    writes.push(set('"also lost"'));
    host.connected();
    calls[1]?.fail();
    await untilCalls(calls, 3);
    expect(calls[2]?.name).toBe('delete');
  });

  it('is not sent for a key that was written meanwhile', async () => {
    const { calls, set, host } = open();
    const keys = Array.from({ length: 1001 }, (_, index) => `catalog:${index}`);
    const lost = keys.map(key => set('"lost"', key));
    for (const call of calls.splice(0)) call.fail();
    await Promise.all(lost);
    host.connected();
    await untilCalls(calls, 1000);
    // The removal of the last key is sent only after these have been answered.
    const newer = set('"new"', keys.at(-1));
    await untilCalls(calls, 1001);
    calls[1000]?.succeed();
    await newer;
    for (const call of calls.slice(0, 1000)) call.succeed();
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(calls).toHaveLength(1001);
  });
});
