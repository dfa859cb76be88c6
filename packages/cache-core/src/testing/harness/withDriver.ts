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
/** What is right does not depend on how busy the machine is: deadlines have cases of their own, among those of outages. */
const MIN_COMMAND_TIMEOUT_MS = 5000;
/** How long a driver may need until it answers. What a cache does earlier may be lost to the deadline of the driver itself. */
const ANSWERS_WITHIN_MS = 5000;

/** Creates a bare driver, for a case that closes it itself and gives a ttl to whatever it sets. */
export function createDriver({ driver, options }: ConformanceTarget): CacheDriver {
  return driver.create(options, host);
}

/** Runs `use` with a bare driver. Afterwards, also when it fails, removes the entries that are left and closes the driver. */
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

/** What a case sets for its manager, besides the driver. */
export type ManagerSettings = Omit<CacheManagerOptions<unknown>, 'driver' | 'driverOptions'>;

/** As {@link withDriver}, with a manager, which has a cache for any plugin. `driver` is the one that it has created. */
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
  // The manager creates it at once.
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

/** Ignores failures and silence: the case finds out. */
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

/** Ignores failures: whether a driver can delete has cases of its own. */
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
