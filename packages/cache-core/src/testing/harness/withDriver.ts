import { randomBytes } from 'node:crypto';
import { createCacheManager } from '../../cacheManager';
import type { CacheManager } from '../../cacheManager';
import type { CacheService } from '../../contract/cacheService';
import type { CacheDriver, CacheDriverDefinition, DriverHost } from '../../contract/driver';
import type { ConformanceTarget } from './conformanceTarget';
import { createHistory, toSetNote } from './history';
import type { History } from './history';

/** A driver that knows what was done to its keys. */
export interface TrackedDriver extends CacheDriver {
  readonly history: History;
}

/** The cache of a plugin that knows what was done to its keys. */
export interface TrackedCache extends CacheService {
  readonly history: History;
}

/** A manager of such caches. */
export interface TrackedManager extends CacheManager {
  forPlugin(pluginId: string): TrackedCache;
}

const host: DriverHost = { connected: () => {}, disconnected: () => {} };

/** An entry that goes by itself within this time need not be removed. */
const SHORT_TTL_MS = 10 * 60_000;
/** Longest time for removing what a case has left: a wrong driver may never answer. */
const CLEAN_UP_TIMEOUT_MS = 2000;
const CLEAN_UP_AT_ONCE = 100;

/** A text that no other case and no other run uses; fit for a plugin id and for a key. */
export function uniqueName(): string {
  return `case-${randomBytes(8).toString('hex')}`;
}

/** A bare driver, for a case that closes it, and gives a ttl to what it sets. */
export function createDriver({ driver, options }: ConformanceTarget): CacheDriver {
  return driver.create(options, host);
}

/** Gives a bare driver to a case, removes what the case has left in the store, and closes the driver whatever happens. */
export async function withDriver(
  target: ConformanceTarget,
  use: (driver: TrackedDriver, prefix: string) => Promise<void>,
): Promise<void> {
  const left = new Set<string>();
  const driver = track(createDriver(target), left);
  try {
    await use(driver, `${uniqueName()}:`);
  } finally {
    await removeAll(driver, left);
    await driver.close();
  }
}

/** The same with the caches of any plugins over a driver. */
export async function withManager(
  target: ConformanceTarget,
  use: (manager: TrackedManager) => Promise<void>,
): Promise<void> {
  const left = new Set<string>();
  let driver: TrackedDriver | undefined;
  const tracking: CacheDriverDefinition = {
    contractVersion: target.driver.contractVersion,
    store: target.driver.store,
    parseOptions: config => target.driver.parseOptions(config),
    policy: options => target.driver.policy?.(options) ?? {},
    create: (options, driverHost) => (driver = track(target.driver.create(options, driverHost), left)),
  };
  const manager = createCacheManager({ driver: tracking, driverOptions: target.options });
  try {
    await use({
      forPlugin: pluginId => trackCache(manager.forPlugin(pluginId)),
      connections: () => manager.connections(),
      close: () => manager.close(),
    });
  } finally {
    if (driver) await removeAll(driver, left);
    await manager.close();
  }
}

function track(driver: CacheDriver, left: Set<string>): TrackedDriver {
  const history = createHistory();
  const getMany = driver.getMany?.bind(driver);
  const clear = driver.clear?.bind(driver);
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
    ...(clear && {
      clear(prefix) {
        for (const key of left) if (key.startsWith(prefix)) history.note(key, `cleared by the prefix "${prefix}"`);
        return clear(prefix);
      },
    }),
    ...(connections && { connections }),
  };
}

function trackCache(cache: CacheService, history: History = createHistory()): TrackedCache {
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

/** Whether the driver can delete is not asked here: there are cases for that. */
async function removeAll(driver: CacheDriver, left: ReadonlySet<string>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, CLEAN_UP_TIMEOUT_MS);
  });
  await Promise.race([removeInParts(driver, [...left]), late]);
  clearTimeout(timer);
}

async function removeInParts(driver: CacheDriver, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += CLEAN_UP_AT_ONCE) {
    await Promise.allSettled(keys.slice(start, start + CLEAN_UP_AT_ONCE).map(async key => driver.delete(key)));
  }
}

/** What keeps the process from ending: sockets and timers, by kind. */
export function openHandles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (/Socket|TCP|TLS|Pipe|Timeout/.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
