import { CacheError } from '../contract/cacheError';
import type { CacheDriver, DriverHost } from '../contract/driver';
import type { CacheOperation, DriverFault } from '../contract/observer';
import { createDriverGuard } from './driverGuard';

const COMMAND_TIMEOUT_MS = 30;
const KEY = 'catalog:key';
const LEASE_KEY = 'catalog:!lkey';
const catalog = { pluginId: 'catalog', keyPrefix: 'catalog:' };
const endless = () => new Promise<never>(() => {});
const nextTurn = () => new Promise<void>(resolve => void setImmediate(resolve));

/** A guard over a driver that finds nothing, accepts every write and gives every lease. `changes` replaces parts of the driver. */
function open(changes: Partial<CacheDriver> = {}) {
  const operations: CacheOperation[] = [];
  const faults: DriverFault[] = [];
  let host: DriverHost | undefined;
  const driver = {
    get: jest.fn(changes.get ?? (async (_key: string): Promise<string | undefined> => undefined)),
    set: jest.fn(changes.set ?? (async () => {})),
    delete: jest.fn(changes.delete ?? (async () => {})),
    add: jest.fn(changes.add ?? (async (_key: string, _text: string, _ttlMs: number) => true)),
    close: async () => {},
  };
  const guard = createDriverGuard({
    store: 'acme',
    createDriver: given => {
      host = given;
      return 'add' in changes && !changes.add ? { ...driver, add: undefined as never } : driver;
    },
    probeKey: 'greenroom:probe',
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    verifyEntries: false,
    observer: {
      onOperation: operation => void operations.push(operation),
      onDriverFault: fault => void faults.push(fault),
    },
  });
  return { guard, driver, operations, faults, host: host as DriverHost };
}

describe('a lease', () => {
  it('is an entry that the driver adds and deletes, and is not reported to the observer', async () => {
    const texts: string[] = [];
    const { guard, driver, operations, faults } = open({
      add: async (_key, text) => texts.push(text) === 1,
      get: async () => texts[0],
    });
    const lease = await guard.takeLease(LEASE_KEY, 10_000);
    expect(driver.add).toHaveBeenCalledWith(LEASE_KEY, expect.stringMatching(/^"[\w-]{16}"$/), 10_000);
    expect(await guard.takeLease(LEASE_KEY, 10_000)).toBe('held');
    expect(texts[0]).not.toBe(texts[1]);
    if (lease && lease !== 'held') lease.giveBack();
    await nextTurn();
    expect(driver.delete.mock.calls).toEqual([[LEASE_KEY]]);
    expect([operations, faults]).toEqual([[], []]);
  });

  it.each<[string, (opened: ReturnType<typeof open>) => unknown]>([
    ['is away', ({ host }) => host.disconnected(new CacheError('CACHE_UNAVAILABLE', 'away'))],
    ['is read-only', ({ guard }) => guard.set(catalog, KEY, '1', undefined)],
    ['has not answered the previous read', ({ guard }) => guard.get(catalog, KEY)],
    ['is closed', ({ guard }) => guard.close()],
  ])('is not taken, and add is not called, when the store %s', async (_what, prepare) => {
    const opened = open({
      get: endless,
      set: () => Promise.reject(new CacheError('CACHE_READ_ONLY', 'a replica')),
    });
    await prepare(opened);
    expect(await opened.guard.takeLease(LEASE_KEY, 10_000)).toBeUndefined();
    expect(opened.driver.add).not.toHaveBeenCalled();
  });

  it('can be taken again after the store has answered', async () => {
    let isSilent = true;
    const { guard } = open({ get: async () => (isSilent ? endless() : undefined) });
    await guard.get(catalog, KEY);
    expect(await guard.takeLease(LEASE_KEY, 10_000)).toBeUndefined();
    isSilent = false;
    await guard.get(catalog, KEY);
    expect(await guard.takeLease(LEASE_KEY, 10_000)).toBeDefined();
  });

  it('is not available when the driver has no add', async () => {
    const { guard } = open({ add: undefined as never });
    expect(guard.hasLeases).toBe(false);
    expect(await guard.takeLease(LEASE_KEY, 10_000)).toBeUndefined();
    expect(open().guard.hasLeases).toBe(true);
  });

  it('counts as held, and a poll finds nothing, while 5,000 operations are under way', async () => {
    const { guard, driver } = open({ get: endless });
    const reads = Array.from({ length: 5001 }, async (_, index) => guard.get(catalog, `${KEY}${index}`));
    expect(await guard.takeLease(LEASE_KEY, 10_000)).toBe('held');
    expect(await guard.pollEntry(catalog, KEY)).toBeUndefined();
    expect(driver.add).not.toHaveBeenCalled();
    expect(driver.get).toHaveBeenCalledTimes(5000);
    await guard.close();
    await Promise.allSettled(reads);
  });

  it('opens the circuit breaker when attempts to take it time out', async () => {
    const { guard, driver, faults } = open({ add: endless });
    const attempts = Array.from({ length: 6 }, (_, index) => guard.takeLease(`${LEASE_KEY}${index}`, 10_000));
    expect(await Promise.all(attempts)).toEqual(Array(6).fill(undefined));
    expect(await guard.takeLease(LEASE_KEY, 10_000)).toBeUndefined();
    expect(driver.add).toHaveBeenCalledTimes(6);
    // From the fifth timeout on, the observer knows that the store is away, and faults are not reported. Usually all six expire together.
    expect(faults.length).toBeLessThan(5);
    await guard.close();
  });
});

describe('a poll', () => {
  it('reports an operation only when it finds an entry', async () => {
    const texts = [undefined, '"bob"'];
    const { guard, operations } = open({ get: async () => texts.shift() });
    expect(await guard.pollEntry(catalog, KEY)).toBeUndefined();
    expect(operations).toEqual([]);
    expect(await guard.pollEntry(catalog, KEY)).toMatchObject({ value: { json: '"bob"' } });
    expect(operations).toMatchObject([{ operation: 'get', result: 'hit', pluginId: 'catalog' }]);
  });

  it.each<[string, Partial<CacheDriver>]>([
    ['misses its deadline', { get: endless }],
    ['is rejected by the driver', { get: () => Promise.reject(new Error('no')) }],
  ])("returns 'away' and reports a fault when it %s", async (_what, changes) => {
    const { guard, operations, faults } = open(changes);
    expect(await guard.pollEntry(catalog, KEY)).toBe('away');
    expect(operations).toEqual([]);
    expect(faults).toMatchObject([{ method: 'get' }]);
  });

  it('does not read a key whose last write has failed', async () => {
    const { guard, driver } = open({ set: () => Promise.reject(new Error('no')) });
    await guard.set(catalog, KEY, '1', undefined);
    expect(await guard.pollEntry(catalog, KEY)).toBe('away');
    expect(driver.get).not.toHaveBeenCalled();
    await guard.close();
  });
});
