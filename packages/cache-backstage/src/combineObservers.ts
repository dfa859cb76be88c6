import type { CacheObserver } from '@greenroom/cache-core';

type Listener = (event: unknown) => void;

const events: Required<Record<keyof CacheObserver, true>> = {
  onOperation: true,
  onSetWithoutTtl: true,
  onStateChange: true,
  onValueSize: true,
  onReadBatch: true,
  onLookup: true,
  onLoad: true,
  onLease: true,
  onForgottenKeys: true,
  onDriverFault: true,
};

/**
 * Combines several observers, as a cache takes only one. Each event goes to all of them, in their order. A method that none of them has is
 * left out, so that core does not compute its event.
 */
export function combineObservers(observers: readonly CacheObserver[]): CacheObserver {
  const combined = (Object.keys(events) as (keyof CacheObserver)[]).map(name => [name, combine(observers, name)]);
  return Object.fromEntries(combined.filter(([, listen]) => listen !== undefined)) as CacheObserver;
}

function combine(observers: readonly CacheObserver[], name: keyof CacheObserver) {
  const listeners = observers.flatMap(observer => (observer[name]?.bind(observer) as Listener | undefined) ?? []);
  if (listeners.length < 2) return listeners[0];
  return (event: unknown) => {
    for (const listen of listeners) listen(event);
  };
}
