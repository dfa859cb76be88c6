import type { CacheManager } from '../../cacheManager';
import type { CacheService } from '../../contract/cacheService';
import type { CacheDriver } from '../../contract/driver';
import { createHistory, toAddNote, toSetNote } from './history';
import type { History } from './history';

/** A driver that records what is done to each key. */
export interface TrackedDriver extends CacheDriver {
  readonly history: History;
}

/** The cache of a plugin, which records what is done to each key. */
export interface TrackedCache extends CacheService {
  readonly history: History;
}

/** A manager of such caches. */
export interface TrackedManager extends CacheManager {
  forPlugin(pluginId: string): TrackedCache;
}

/** Entries with a ttl up to this do not have to be removed, as they expire soon enough. */
const SHORT_TTL_MS = 10 * 60_000;

/** Wraps a driver. Keys that do not expire soon are added to `left`, to be removed at the end. */
export function trackDriver(driver: CacheDriver, left: Set<string>): TrackedDriver {
  const history = createHistory();
  const getMany = driver.getMany?.bind(driver);
  const add = driver.add?.bind(driver);
  const clear = driver.clear?.bind(driver);
  const entries = driver.entries?.bind(driver);
  const connections = driver.connections?.bind(driver);
  return {
    history,
    get: key => driver.get(key),
    set(key, value, ttlMs) {
      if (ttlMs === undefined || ttlMs > SHORT_TTL_MS) left.add(key);
      history.note(key, toSetNote(value, ttlMs));
      return driver.set(key, value, ttlMs);
    },
    delete(key) {
      history.note(key, 'deleted');
      return driver.delete(key);
    },
    close: () => driver.close(),
    ...(getMany && { getMany }),
    ...(add && {
      add(key, value, ttlMs) {
        if (ttlMs > SHORT_TTL_MS) left.add(key);
        history.note(key, toAddNote(value, ttlMs));
        return add(key, value, ttlMs);
      },
    }),
    ...(clear && {
      clear(prefix, wasSetSince, options) {
        for (const key of left) if (key.startsWith(prefix)) history.note(key, `cleared by the prefix "${prefix}"`);
        return clear(prefix, wasSetSince, options);
      },
    }),
    ...(entries && { entries }),
    ...(connections && { connections }),
  };
}

/** Wraps the cache of a plugin. */
export function trackCache(cache: CacheService, history: History = createHistory()): TrackedCache {
  return {
    history,
    get: key => cache.get(key),
    set(key, value, options) {
      history.note(key, toSetNote(value, options?.ttl));
      return cache.set(key, value, options);
    },
    delete(key) {
      history.note(key, 'deleted');
      return cache.delete(key);
    },
    withOptions: options => trackCache(cache.withOptions(options), history),
  };
}
