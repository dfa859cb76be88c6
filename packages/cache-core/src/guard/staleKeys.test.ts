import { CacheError } from '../contract/cacheError';
import { createClears } from './clears';
import { createStaleKeys } from './staleKeys';

const catalog = { pluginId: 'catalog', keyPrefix: 'catalog:' };
const search = { pluginId: 'search', keyPrefix: 'search:' };
const MOST = 10_000;

/** Stale keys over a store whose removals can be made to fail. */
function open({ canClear = false } = {}) {
  const removed: string[] = [];
  const cleared: string[] = [];
  const faults = { remove: undefined as Error | undefined, clear: undefined as Error | undefined };
  const failures: unknown[] = [];
  const clear = async (prefix: string) => {
    if (faults.clear) throw faults.clear;
    cleared.push(prefix);
  };
  const clears = createClears({
    findClear: () => clear,
    writesEnded: () => undefined,
    failed: error => void failures.push(error),
  });
  const staleKeys = createStaleKeys({
    remove: async key => {
      if (faults.remove) throw faults.remove;
      removed.push(key);
    },
    clears,
    canClear: () => canClear,
  });
  return { staleKeys, removed, cleared, faults, failures };
}

function addMany(
  staleKeys: ReturnType<typeof createStaleKeys>,
  count: number,
  { plugin = catalog, from = 0, inOutage = true } = {},
): void {
  for (let index = from; index < from + count; index++) {
    staleKeys.add(plugin, `${plugin.keyPrefix}${index}`, index + 1, inOutage);
  }
}

const nextTurn = () => new Promise<void>(resolve => void setImmediate(resolve));

describe('a stale key', () => {
  it('is stale until the store has removed it', async () => {
    const { staleKeys, removed } = open();
    staleKeys.add(catalog, 'catalog:key', 1, true);
    expect(staleKeys.has('catalog:key')).toBe(true);
    expect(staleKeys.has('catalog:other')).toBe(false);
    expect(await staleKeys.invalidate()).toEqual({ invalidatedKeys: 1, clearedPlugins: [], forgottenKeys: 0 });
    expect(removed).toEqual(['catalog:key']);
    expect(staleKeys.isEmpty).toBe(true);
  });

  it('stays stale when its removal fails, and is removed later', async () => {
    const { staleKeys, faults, removed } = open();
    staleKeys.add(catalog, 'catalog:key', 1, true);
    faults.remove = new CacheError('CACHE_UNAVAILABLE', 'away');
    expect(await staleKeys.invalidate()).toMatchObject({ invalidatedKeys: 0 });
    expect(staleKeys.has('catalog:key')).toBe(true);
    faults.remove = undefined;
    await staleKeys.invalidate();
    expect(removed).toEqual(['catalog:key']);
  });

  it('stops being stale after a later write, but not after an earlier write that ends late', () => {
    const { staleKeys } = open();
    staleKeys.add(catalog, 'catalog:key', 5, true);
    staleKeys.replaced('catalog:key', 4);
    expect(staleKeys.has('catalog:key')).toBe(true);
    staleKeys.add(catalog, 'catalog:key', 3, true);
    staleKeys.replaced('catalog:key', 4);
    expect(staleKeys.has('catalog:key')).toBe(true);
    staleKeys.replaced('catalog:key', 6);
    expect(staleKeys.has('catalog:key')).toBe(false);
  });

  it('stays stale when another write fails while its removal is under way', async () => {
    const { staleKeys } = open();
    staleKeys.add(catalog, 'catalog:key', 1, true);
    const invalidating = staleKeys.invalidate();
    staleKeys.add(catalog, 'catalog:key', 2, true);
    await invalidating;
    expect(staleKeys.has('catalog:key')).toBe(true);
  });

  it('is removed although 1,500 older keys cannot be removed', async () => {
    const failing = new Set(Array.from({ length: 1500 }, (_, index) => `catalog:${index}`));
    const removed: string[] = [];
    const staleKeys = createStaleKeys({
      remove: async key => {
        if (failing.has(key)) throw new CacheError('CACHE_UNAVAILABLE', 'its node is away');
        removed.push(key);
      },
      clears: createClears({ findClear: () => undefined, writesEnded: () => undefined, failed: () => {} }),
      canClear: () => false,
    });
    addMany(staleKeys, 1501);
    await staleKeys.invalidate();
    await staleKeys.invalidate();
    expect(removed).toEqual(['catalog:1500']);
  });

  it('is reported with the CACHE_READ_ONLY error when a read-only store cannot remove it', async () => {
    const { staleKeys, faults } = open();
    staleKeys.add(catalog, 'catalog:key', 1, true);
    faults.remove = new CacheError('CACHE_READ_ONLY', 'READONLY');
    expect(await staleKeys.invalidate()).toMatchObject({ invalidatedKeys: 0, readOnlyError: faults.remove });
  });
});

describe('stale keys of writes from before an outage', () => {
  it.each([true, false])('are all remembered and removed without a clear (the store can clear: %s)', async canClear => {
    const { staleKeys, removed, cleared } = open({ canClear });
    addMany(staleKeys, 5 * MOST, { inOutage: false });
    staleKeys.add(search, 'search:key', 1, false);
    expect(staleKeys.has('catalog:good')).toBe(false);
    await staleKeys.invalidate();
    expect(removed).toHaveLength(5 * MOST + 1);
    expect(cleared).toEqual([]);
    expect(staleKeys.isEmpty).toBe(true);
  });
});

describe('more than 10,000 stale keys', () => {
  it('cause a clear of the plugin that has most of them when the store can clear', async () => {
    const { staleKeys, removed, cleared } = open({ canClear: true });
    addMany(staleKeys, 10, { plugin: search });
    addMany(staleKeys, MOST);
    expect(staleKeys.has('catalog:never written')).toBe(true);
    expect(staleKeys.has('search:never written')).toBe(false);
    expect(await staleKeys.invalidate()).toEqual({
      invalidatedKeys: 10,
      clearedPlugins: ['catalog'],
      forgottenKeys: 0,
    });
    await nextTurn();
    expect(cleared).toEqual(['catalog:']);
    expect(removed).toHaveLength(10);
    expect(staleKeys.isEmpty).toBe(true);
  });

  it('stay stale when the clear fails, and a key stays stale when its write fails during a clear', async () => {
    const { staleKeys, cleared, faults, failures } = open({ canClear: true });
    addMany(staleKeys, MOST + 1);
    faults.clear = new CacheError('CACHE_UNAVAILABLE', 'away');
    await staleKeys.invalidate();
    await nextTurn();
    expect(failures).toEqual([faults.clear]);
    expect(staleKeys.has('catalog:0')).toBe(true);
    faults.clear = undefined;
    await staleKeys.invalidate();
    staleKeys.add(catalog, 'catalog:0', MOST + 5, true);
    await nextTurn();
    expect(cleared).toEqual(['catalog:']);
    expect(staleKeys.has('catalog:0')).toBe(true);
  });

  it('are forgotten, the oldest first, in a store without clear, and are counted once', async () => {
    const { staleKeys } = open();
    addMany(staleKeys, MOST + 25);
    expect(staleKeys.has('catalog:24')).toBe(false);
    expect(staleKeys.has('catalog:25')).toBe(true);
    expect(await staleKeys.invalidate()).toMatchObject({ invalidatedKeys: MOST, forgottenKeys: 25 });
    expect(await staleKeys.invalidate()).toMatchObject({ invalidatedKeys: 0, forgottenKeys: 0 });
  });
});
