import { setTimeout as sleep } from 'node:timers/promises';
import { createCacheManager } from '../../cacheManager';
import type { CacheManagerOptions } from '../../cacheManager';
import type { CacheDriver, CacheDriverDefinition, DriverHost, DriverPolicy } from '../../contract/driver';
import type { ConformanceTarget } from './conformanceTarget';
import { trackCache, trackDriver } from './trackDriver';
import type { TrackedDriver, TrackedManager } from './trackDriver';
import { uniqueName } from './uniqueName';

const host: DriverHost = { connected: () => {}, disconnected: () => {} };

/** Longest time for the clean-up after a case: a broken driver may never answer. */
const CLEAN_UP_TIMEOUT_MS = 2000;
const CLEAN_UP_AT_ONCE = 100;
/** Cases other than those of outages must not depend on how busy the machine is, so deadlines are at least this long. */
const MIN_COMMAND_TIMEOUT_MS = 5000;
/** Longest time until a driver answers. Before that, operations of a cache may be lost to the driver's own deadline. */
const ANSWERS_WITHIN_MS = 5000;

/** Creates a bare driver, for a case that closes it itself and sets a ttl for each entry. */
export function createDriver({ driver, options }: ConformanceTarget): CacheDriver {
  return driver.create(options, host);
}

/** Runs `use` with a bare driver. Afterwards, even when it fails, removes the remaining entries and closes the driver. */
export async function withDriver(
  target: ConformanceTarget,
  use: (driver: TrackedDriver, prefix: string) => Promise<void>,
): Promise<void> {
  const left = new Set<string>();
  const driver = trackDriver(createDriver(target), left);
  try {
    await use(driver, `${uniqueName()}:`);
  } finally {
    await removeAll(driver, left);
    await driver.close();
  }
}

/** Settings of a case for its manager, besides the driver. */
export type ManagerSettings = Omit<CacheManagerOptions<unknown>, 'driver' | 'driverOptions'>;

/** As {@link withDriver}, but with a manager, which can give a cache to any plugin. `driver` is the driver that it has created. */
export async function withManager(
  target: ConformanceTarget,
  use: (manager: TrackedManager, driver: TrackedDriver) => Promise<void>,
  settings: ManagerSettings = {},
): Promise<void> {
  const left = new Set<string>();
  let created: TrackedDriver | undefined;
  const tracking: CacheDriverDefinition = {
    contractVersion: target.driver.contractVersion,
    store: target.driver.store,
    parseOptions: config => target.driver.parseOptions(config),
    policy: options => toPatient(target.driver.policy?.(options) ?? {}),
    create: (options, driverHost) => (created = trackDriver(target.driver.create(options, driverHost), left)),
  };
  const manager = createCacheManager({ ...settings, driver: tracking, driverOptions: target.options });
  // The manager has created the driver synchronously.
  const driver = created as unknown as TrackedDriver;
  try {
    await untilAnswered(driver);
    await use({ ...manager, forPlugin: pluginId => trackCache(manager.forPlugin(pluginId)) }, driver);
  } finally {
    await removeAll(driver, left);
    await manager.close();
  }
}

function toPatient(policy: DriverPolicy): DriverPolicy {
  return { ...policy, commandTimeoutMs: Math.max(policy.commandTimeoutMs ?? 0, MIN_COMMAND_TIMEOUT_MS) };
}

/** Waits until the driver answers. Ignores failures and silence, which the case itself finds. */
async function untilAnswered(driver: CacheDriver): Promise<void> {
  const timer = new AbortController();
  const key = uniqueName();
  const isOver = sleep(ANSWERS_WITHIN_MS, true, { signal: timer.signal }).catch(() => true);
  const isAnswered = async () => {
    try {
      await driver.get(key);
      return true;
    } catch {
      await sleep(20);
      return false;
    }
  };
  while (!(await Promise.race([isAnswered(), isOver])));
  timer.abort();
}

/** Removes the remaining keys. Ignores failures: other cases test whether a driver can delete. */
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
