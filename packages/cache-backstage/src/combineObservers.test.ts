import { CacheError } from '@greenroom/cache-core';
import type { CacheObserver } from '@greenroom/cache-core';
import { combineObservers } from './combineObservers';

it('a combined observer passes each event to every observer that listens for it, in their order', () => {
  const seen: unknown[] = [];
  const see = (name: string) => (event: unknown) => void seen.push([name, event]);
  const combined = combineObservers([
    { onOperation: see('first'), onStateChange: see('first'), onForgottenKeys: see('first'), onLookup: see('first') },
    { onSetWithoutTtl: see('second') },
    {},
    { onOperation: see('last'), onValueSize: see('last'), onReadBatch: see('last') },
    { onLookup: see('later'), onLoad: see('later'), onLease: see('later') },
  ]);
  const store = 'redis';
  const pluginId = 'catalog';
  const operation = { store, pluginId, operation: 'get', result: 'hit', durationMs: 1 } as const;
  const change = { store, state: 'unavailable', error: new CacheError('CACHE_UNAVAILABLE', 'away') } as const;
  const unlimited = { store, pluginId };
  const size = { store, pluginId, operation: 'get', bytes: 5 } as const;

  // Core may call a method without its object, so no method may need `this`.
  const { onOperation, onSetWithoutTtl, onStateChange, onValueSize, onReadBatch, onForgottenKeys }: CacheObserver =
    combined;
  const { onLookup, onLoad, onLease }: CacheObserver = combined;
  const lookup = { store, pluginId, result: 'shared' } as const;
  const load = { store, pluginId, keys: 1, result: 'ok', isRefresh: false, durationMs: 1 } as const;
  const lease = { store, pluginId, result: 'refused' } as const;
  onOperation?.(operation);
  onSetWithoutTtl?.(unlimited);
  onStateChange?.(change);
  onValueSize?.(size);
  onReadBatch?.({ store, reads: 2 });
  onForgottenKeys?.({ store, keys: 3 });
  onLookup?.(lookup);
  onLoad?.(load);
  onLease?.(lease);

  expect(seen).toEqual([
    ['first', operation],
    ['last', operation],
    ['second', unlimited],
    ['first', change],
    ['last', size],
    ['last', { store, reads: 2 }],
    ['first', { store, keys: 3 }],
    ['first', lookup],
    ['later', lookup],
    ['later', load],
    ['later', lease],
  ]);
});

it('a combined observer has only the methods that at least one of its observers has', () => {
  expect(Object.keys(combineObservers([{ onLoad: () => {} }, {}]))).toEqual(['onLoad']);
});
