import { CacheError } from '../contract/cacheError';
import type { CacheDriver, DriverHost } from '../contract/driver';
import type { DriverFault } from '../contract/observer';
import { createClears } from './clears';
import { createDriverGuard } from './driverGuard';

const catalog = { pluginId: 'catalog', keyPrefix: 'catalog:' };
/** Maximum number of operations that are under way at the same time. */
const WINDOW = 5000;

const nextTurn = () => new Promise<void>(resolve => void setImmediate(resolve));

/** Something that waits until the test opens it. */
function createGate() {
  let open: () => void = () => {};
  const opened = new Promise<void>(resolve => (open = resolve));
  return { open, opened };
}

/** A guard over a map that answers in the next turn. `change` replaces parts of the driver. `beforeClear`: what each removal waits for. */
function open(
  change: (entries: Map<string, string>) => Partial<CacheDriver> = () => ({}),
  beforeClear: readonly (() => Promise<void>)[] = [],
) {
  const entries = new Map<string, string>();
  const faults: DriverFault[] = [];
  let removals = 0;
  let host: DriverHost | undefined;
  const driver: CacheDriver = {
    get: async key => (await nextTurn(), entries.get(key)),
    set: async (key, text) => {
      entries.set(key, text);
      await nextTurn();
    },
    delete: async key => {
      entries.delete(key);
      await nextTurn();
    },
    clear: async (prefix, wasSetSince = () => false) => {
      await beforeClear[removals++]?.();
      for (const key of [...entries.keys()]) {
        await Promise.resolve();
        if (key.startsWith(prefix) && !wasSetSince(key)) entries.delete(key);
      }
    },
    close: async () => {},
    ...change(entries),
  };
  const guard = createDriverGuard({
    store: 'acme',
    createDriver: given => {
      host = given;
      return driver;
    },
    probeKey: 'greenroom:probe',
    commandTimeoutMs: 500,
    verifyEntries: false,
    observer: { onDriverFault: fault => void faults.push(fault) },
  });
  return { guard, entries, faults, host: host as DriverHost, countRemovals: () => removals };
}

type Guard = ReturnType<typeof open>['guard'];
const set = (guard: Guard, name: string, value: unknown) =>
  guard.set(catalog, `catalog:${name}`, JSON.stringify(value), undefined);
const get = (guard: Guard, name: string) => guard.get(catalog, `catalog:${name}`);

afterEach(() => {
  jest.useRealTimers();
});

describe('a clear', () => {
  it('removes the entries of sent and waiting sets, and keeps entries that are set after it', async () => {
    const { guard, entries } = open();
    const names = Array.from({ length: WINDOW + 1000 }, (_, index) => String(index));
    const before = names.map(name => set(guard, name, 'before'));
    const cleared = guard.clear(catalog);
    const later = names.slice(-2000, -500);
    const after = later.map(name => set(guard, name, 'after'));
    await Promise.all([...before, ...after, cleared]);
    expect(new Set(entries.keys())).toEqual(new Set(later.map(name => `catalog:${name}`)));
    expect(new Set(entries.values())).toEqual(new Set(['"after"']));
    await guard.close();
  });

  it('starts its removal only after the sets that were already sent have ended', async () => {
    const gate = createGate();
    const { guard, entries, countRemovals } = open(map => ({
      set: async (key, text) => {
        await gate.opened;
        map.set(key, text);
      },
    }));
    const before = set(guard, 'key', 'before');
    const cleared = guard.clear(catalog);
    await nextTurn();
    expect(countRemovals()).toBe(0);
    gate.open();
    await Promise.all([before, cleared]);
    expect(entries).toEqual(new Map());
    await guard.close();
  });

  it('turns reads into misses immediately, except for keys that are set after it', async () => {
    const gate = createGate();
    const { guard } = open(undefined, [() => gate.opened]);
    await Promise.all([set(guard, 'old', 1), set(guard, 'new', 1)]);
    const cleared = guard.clear(catalog);
    expect(await get(guard, 'old')).toBeUndefined();
    await set(guard, 'new', 2);
    expect(await get(guard, 'new')).toBe(2);
    gate.open();
    await cleared;
    expect(await get(guard, 'new')).toBe(2);
    await guard.close();
  });

  it('shares one removal with all waiting clears, and removes entries set since the previous clear', async () => {
    const gates = [createGate(), createGate()] as const;
    const { guard, entries, countRemovals } = open(undefined, [() => gates[0].opened, () => gates[1].opened]);
    const first = guard.clear(catalog);
    await set(guard, 'between', 1);
    const others = [guard.clear(catalog), guard.clear(catalog)];
    await set(guard, 'after', 1);
    gates[0].open();
    await first;
    expect(await get(guard, 'between')).toBeUndefined();
    expect(await get(guard, 'after')).toBe(1);
    gates[1].open();
    await Promise.all(others);
    expect([...entries.keys()]).toEqual(['catalog:after']);
    expect(countRemovals()).toBe(2);
    await guard.close();
  });

  it('does not run its removal while the removal of another prefix runs', async () => {
    const gate = createGate();
    const { guard, countRemovals } = open(undefined, [() => gate.opened]);
    const clears = ['catalog:!na!', 'catalog:!nb!', 'search:'].map(keyPrefix => guard.clear({ ...catalog, keyPrefix }));
    await nextTurn();
    expect(countRemovals()).toBe(1);
    gate.open();
    await Promise.all(clears);
    expect(countRemovals()).toBe(3);
    await guard.close();
  });

  it('rejects with CACHE_TIMEOUT after 30 s, and its entries stay misses until they are removed', async () => {
    const gate = createGate();
    const { guard, entries, countRemovals } = open(undefined, [() => gate.opened]);
    await set(guard, 'key', 1);
    // `setImmediate` stays real, because the driver of this test answers in the next turn of the event loop.
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const cleared = guard.clear(catalog).catch((error: unknown) => error);
    await nextTurn();
    jest.advanceTimersByTime(29_000);
    await nextTurn();
    const again = guard.clear(catalog);
    jest.advanceTimersByTime(1100);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    jest.advanceTimersByTime(200);
    expect(await cleared).toMatchObject({
      code: 'CACHE_TIMEOUT',
      message:
        "The store 'acme' has not removed all entries within 30 s; the removal goes on, and this process does not read them",
    });
    expect(await get(guard, 'key')).toBeUndefined();
    gate.open();
    await again;
    expect(countRemovals()).toBe(2);
    expect(entries).toEqual(new Map());
    await guard.close();
  });

  it.each(['CACHE_REFUSED', 'CACHE_AUTH'] as const)(
    'rejects with %s when the store refuses it, and keeps the entry',
    async code => {
      const { guard, faults } = open(() => ({ clear: () => Promise.reject(new CacheError(code, 'No SCAN')) }));
      await set(guard, 'key', 1);
      await expect(guard.clear(catalog)).rejects.toMatchObject({ code, message: 'No SCAN' });
      expect(await get(guard, 'key')).toBe(1);
      expect(faults).toEqual([]);
      await guard.close();
    },
  );

  it('resolves when the store goes away, and its entries stay misses until they are removed', async () => {
    const { guard, entries, host } = open(undefined, [
      async () => {
        const error = new CacheError('CACHE_UNAVAILABLE', 'Away');
        host.disconnected(error);
        throw error;
      },
    ]);
    await Promise.all([set(guard, 'old', 1), set(guard, 'new', 1)]);
    await guard.clear(catalog);
    // Another clear, during the outage.
    await guard.clear(catalog);
    expect(entries.size).toBe(2);
    host.connected();
    while ((await get(guard, 'new')) === undefined) {
      expect(await get(guard, 'old')).toBeUndefined();
      await set(guard, 'new', 2);
      await nextTurn();
    }
    while (entries.has('catalog:old')) await nextTurn();
    expect(await get(guard, 'new')).toBe(2);
    await guard.close();
  });

  it('resolves without reporting a fault when the cache closes meanwhile', async () => {
    const gate = createGate();
    const { guard, faults } = open(() => ({
      clear: async () => {
        await gate.opened;
        throw new CacheError('CACHE_CLOSED', 'Closed');
      },
      close: async () => gate.open(),
    }));
    const clears = [guard.clear(catalog), guard.clear({ ...catalog, keyPrefix: 'catalog:!na!' })];
    await nextTurn();
    await guard.close();
    await Promise.all([...clears, guard.clear(catalog)]);
    expect(faults).toEqual([]);
  });

  it('rejects with CACHE_OVERLOADED when a thousand others wait', async () => {
    const gate = createGate();
    const { guard } = open(undefined, [() => gate.opened]);
    const toSpace = (index: number) => ({ ...catalog, keyPrefix: `catalog:!n${index}!` });
    const clears = Array.from({ length: 1000 }, (_, index) => guard.clear(toSpace(index)));
    await expect(guard.clear(toSpace(1000))).rejects.toMatchObject({ code: 'CACHE_OVERLOADED' });
    clears.push(guard.clear(toSpace(0)));
    gate.open();
    await Promise.all(clears);
    await guard.clear(toSpace(1000));
    await guard.close();
  });
});

describe('keys that are set while a clear runs', () => {
  it('are remembered up to 100,000; further keys are misses until the clear ends', async () => {
    const clears = createClears({ findClear: () => undefined, writesEnded: () => undefined, failed: () => {} });
    clears.begin(catalog);
    for (let index = 0; index < 100_001; index++) clears.written(`catalog:${index}`);
    expect(clears.covers('catalog:99999')).toBe(false);
    expect(clears.covers('catalog:100000')).toBe(true);
    expect(clears.covers('search:100000')).toBe(false);
    await clears.remove(catalog);
    expect(clears.covers('catalog:100000')).toBe(false);
    expect(clears.isEmpty).toBe(true);
  });
});
