import type { CacheLease, CacheLoad, CacheLookup, CacheObserver } from '../contract/observer';
import type { Entry } from '../values/entry';

/** A load that has ended, without the members that are the same for all loads of the plugin. */
type EndedLoad = Omit<CacheLoad, 'store' | 'pluginId'>;

/** What the observer is told about `getOrSet` in one plugin. Members for which the observer has no method are absent. */
export interface LookupEvents {
  /** A caller has been answered. */
  readonly answered?: (result: CacheLookup['result']) => void;
  /** A load has ended. */
  readonly loaded?: (load: EndedLoad) => void;
  /** A load was granted or refused its lease. */
  readonly leased?: (result: CacheLease['result']) => void;
}

/** The lookup result of a caller that gets a fresh entry. */
export function toHit(entry: Entry | undefined): CacheLookup['result'] {
  if (entry?.isNear) return 'near';
  return entry?.isShielded ? 'shielded' : 'hit';
}

export function createLookupEvents(store: string, pluginId: string, observer: CacheObserver): LookupEvents {
  return {
    // `answered` does not use a spread, which would cost as much as the hit itself.
    ...(observer.onLookup && { answered: result => observer.onLookup?.({ store, pluginId, result }) }),
    ...(observer.onLoad && { loaded: load => observer.onLoad?.({ store, pluginId, ...load }) }),
    ...(observer.onLease && { leased: result => observer.onLease?.({ store, pluginId, result }) }),
  };
}
