import { randomBytes } from 'node:crypto';
import { createCacheManager } from '../cacheManager';
import type { CacheManager } from '../cacheManager';
import type { CacheDriver, DriverHost } from '../driver';
import type { ConformanceTarget } from './conformanceCase';

const host: DriverHost = { connected: () => {}, disconnected: () => {} };

/** A text that no other case and no other run uses; fit for a plugin id and for a key. */
export function uniqueName(): string {
  return `case-${randomBytes(8).toString('hex')}`;
}

export function createDriver({ driver, options }: ConformanceTarget): CacheDriver {
  return driver.create(options, host);
}

/** Gives a bare driver to a case, and closes it whatever happens. */
export async function withDriver(
  target: ConformanceTarget,
  use: (driver: CacheDriver, prefix: string) => Promise<void>,
): Promise<void> {
  const driver = createDriver(target);
  try {
    await use(driver, `${uniqueName()}:`);
  } finally {
    await driver.close();
  }
}

/** Gives the caches of any plugins over a driver to a case, and closes them whatever happens. */
export async function withManager(
  target: ConformanceTarget,
  use: (manager: CacheManager) => Promise<void>,
): Promise<void> {
  const manager = createCacheManager({ driver: target.driver, driverOptions: target.options });
  try {
    await use(manager);
  } finally {
    await manager.close();
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
