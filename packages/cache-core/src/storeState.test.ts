import { CacheError } from './cacheError';
import type { CacheStateChange } from './observer';
import { createStoreState } from './storeState';

describe('the state of a store', () => {
  it('is told when it changes, and not when a client repeats itself', () => {
    const changes: CacheStateChange[] = [];
    const state = createStoreState('acme', { onStateChange: change => void changes.push(change) });
    const [first, second] = [new CacheError('CACHE_UNAVAILABLE', '1'), new CacheError('CACHE_AUTH', '2')];
    state.connected();
    state.connected();
    state.disconnected(first);
    state.disconnected(second);
    state.connected();
    expect(changes).toEqual([
      { store: 'acme', state: 'connected' },
      { store: 'acme', state: 'disconnected', error: first },
      { store: 'acme', state: 'connected', downMs: expect.any(Number) },
    ]);
  });

  it('counts how long the store was away from the first of its faults', () => {
    jest.spyOn(performance, 'now').mockReturnValueOnce(1000).mockReturnValueOnce(13_000);
    const changes: CacheStateChange[] = [];
    const state = createStoreState('acme', { onStateChange: change => void changes.push(change) });
    state.connected();
    state.disconnected(new CacheError('CACHE_UNAVAILABLE', '1'));
    state.disconnected(new CacheError('CACHE_UNAVAILABLE', '2'));
    state.connected();
    expect(changes.at(-1)).toEqual({ store: 'acme', state: 'connected', downMs: 12_000 });
    jest.restoreAllMocks();
  });
});
