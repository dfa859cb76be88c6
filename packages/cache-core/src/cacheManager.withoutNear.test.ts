import { createCacheManager } from './cacheManager';
import type { CacheManagerOptions } from './cacheManager';
import { extendCache } from './extended/extendCache';
import { createNearGuard } from './guard/nearGuard';
import { createNearCache } from './near/nearCache';
import { createNearCopies } from './near/nearCopies';
import type { NearCopies } from './near/nearCopies';
import { mapDriver } from './testing/testSupport/mapDriver';

// The real modules, with spies that count what is created and called.
jest.mock<object>('./guard/nearGuard', () => spyOn(jest.requireActual('./guard/nearGuard')));
jest.mock<object>('./near/nearCache', () => spyOn(jest.requireActual('./near/nearCache')));
jest.mock<object>('./near/nearCopies', () => spyOn(jest.requireActual('./near/nearCopies')));

function spyOn(module: Record<string, (...args: unknown[]) => unknown>): object {
  return Object.fromEntries(Object.entries(module).map(([name, call]) => [name, jest.fn(call)]));
}

beforeEach(() => void jest.clearAllMocks());

async function useCache(options: Pick<CacheManagerOptions<unknown>, 'near' | 'plugins'>): Promise<jest.Mock[]> {
  const manager = createCacheManager({ driver: mapDriver, driverOptions: { store: new Map() }, ...options });
  const [created] = jest.mocked(createNearCopies).mock.results;
  const copies = created?.value as NearCopies;
  const calls = (['find', 'keep', 'drop', 'dropNear'] as const).map(method => jest.spyOn(copies, method));
  const cache = manager.forPlugin('catalog');
  await cache.set('key', 1);
  await cache.get('key');
  await cache.delete('key');
  await extendCache(cache).getOrSet('key', () => 1);
  await extendCache(cache).getMany(['key', 'other']);
  return calls as unknown as jest.Mock[];
}

describe('a plugin without a near cache', () => {
  it.each<Pick<CacheManagerOptions<unknown>, 'near' | 'plugins'>>([
    {},
    { near: false },
    { near: { enabled: false, maxBytes: 65_536 } },
    { near: false, plugins: { catalog: { near: false } } },
  ])('creates no near cache and no near guard, and uses no near copies: %j', async options => {
    const calls = await useCache(options);
    expect(createNearCache).not.toHaveBeenCalled();
    expect(createNearGuard).not.toHaveBeenCalled();
    for (const call of calls) expect(call).not.toHaveBeenCalled();
  });

  it('creates no near guard and uses no near copies when only another plugin has a near cache', async () => {
    const calls = await useCache({ plugins: { search: { near: true } } });
    expect(createNearGuard).not.toHaveBeenCalled();
    for (const call of calls) expect(call).not.toHaveBeenCalled();
  });

  it('differs from a plugin with a near cache, which creates a near guard and uses near copies', async () => {
    const calls = await useCache({ near: true });
    expect(createNearGuard).toHaveBeenCalledTimes(1);
    for (const call of calls.slice(0, 2)) expect(call).toHaveBeenCalled();
  });
});
