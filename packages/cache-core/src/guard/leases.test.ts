import { CacheError } from '../contract/cacheError';
import { mapDriver } from '../testing/testSupport/mapDriver';
import type { MapStore } from '../testing/testSupport/mapDriver';
import { createLeases } from './leases';
import type { LeasesOptions } from './leases';

const KEY = 'catalog:!lkey';
const HOUR_MS = 3_600_000;

const host = { connected: () => {}, disconnected: () => {} };
const nextTurn = () => new Promise<void>(resolve => void setImmediate(resolve));

/** Leases in a map, and the methods of the driver that were called. */
function open(commandTimeoutMs = 500, fails: (method: string) => boolean = () => false) {
  const store: MapStore = new Map();
  const driver = mapDriver.create({ store }, host);
  const calls: string[] = [];
  const ask: LeasesOptions['ask'] = async (method, call) => {
    calls.push(method);
    return fails(method) ? undefined : { answer: await call() };
  };
  const leases = createLeases({
    driver: {
      get: key => driver.get(key),
      add: async (...call) => (await driver.add?.(...call)) === true,
      delete: key => driver.delete(key),
    },
    commandTimeoutMs,
    ask,
  });
  const take = async (leaseMs = HOUR_MS) => {
    const lease = await leases.take(KEY, leaseMs);
    if (!lease || lease === 'held') throw new CacheError('CACHE_UNAVAILABLE', 'There is no lease');
    return lease;
  };
  return { leases, take, store, calls };
}

describe('a lease', () => {
  it('is an entry with a ttl, and is held until it is given back', async () => {
    const { leases, take, store, calls } = open();
    const lease = await take();
    expect([...store.keys()]).toEqual([KEY]);
    expect(store.get(KEY)?.text).toMatch(/^"[\w-]{16}"$/);
    expect(store.get(KEY)?.expiresAtMs).toBeLessThanOrEqual(performance.now() + HOUR_MS);
    expect(await leases.take(KEY, HOUR_MS)).toBe('held');
    lease.giveBack();
    lease.giveBack();
    await nextTurn();
    expect(store.size).toBe(0);
    expect(calls).toEqual(['add', 'add', 'get', 'delete']);
    await take();
  });

  it('is not removed by another holder', async () => {
    const { take, store, calls } = open();
    const lease = await take();
    // The store has lost the entry, and another process has the lease now.
    store.delete(KEY);
    const other = await take();
    const { text } = store.get(KEY) ?? {};
    lease.giveBack();
    await nextTurn();
    expect(store.get(KEY)?.text).toBe(text);
    expect(calls).not.toContain('delete');
    other.giveBack();
    await nextTurn();
    expect(store.size).toBe(0);
  });

  it.each([
    ['that could expire while it is being removed', 500, 499],
    ['that has already expired', 0, -1],
  ])('is left to expire and not deleted: a lease %s', async (_what, commandTimeoutMs, leaseMs) => {
    const { take, store, calls } = open(commandTimeoutMs);
    const lease = await take(leaseMs);
    // The clock of the store is slow: it still has the entry.
    const [key, entry] = [...store][0] ?? [];
    store.set(String(key), { text: entry?.text ?? '', expiresAtMs: Infinity });
    lease.giveBack();
    await nextTurn();
    expect(store.size).toBe(1);
    expect(calls).toEqual(['add', 'get']);
  });

  it.each(['add', 'get', 'delete'])('is not taken, or is left to expire, when %s fails', async failing => {
    const { leases, calls } = open(500, method => method === failing);
    const lease = await leases.take(KEY, HOUR_MS);
    if (lease && lease !== 'held') lease.giveBack();
    await nextTurn();
    expect(lease === undefined).toBe(failing === 'add');
    expect(calls.at(-1)).toBe(failing);
  });
});
