import { createCacheManager } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition } from '@greenroom/cache-core';
import type { OpenedSubject, OpenSubject } from '../subject';

/** What core costs: a driver that resolves at once. */
export const openCore: OpenSubject = () => open(createDriver());

/** The same with a driver that has `getMany`. */
export const openBatchingCore: OpenSubject = () => {
  const driver = createDriver();
  return open({ ...driver, getMany: async keys => Promise.all(keys.map(async key => driver.get(key))) });
};

function createDriver(): CacheDriver {
  const texts = new Map<string, string>();
  return {
    get: async key => texts.get(key),
    set: async (key, text) => void texts.set(key, text),
    delete: async key => void texts.delete(key),
    close: async () => {},
  };
}

function open(driver: CacheDriver): OpenedSubject {
  const definition: CacheDriverDefinition = {
    contractVersion: 1,
    store: 'instant',
    parseOptions: () => undefined,
    create: () => driver,
  };
  let operations = 0;
  const manager = createCacheManager({
    driver: definition,
    driverOptions: undefined,
    observer: { onOperation: () => void operations++ },
  });
  return { cacheOf: pluginId => manager.forPlugin(pluginId) };
}
