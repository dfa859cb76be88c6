import { randomBytes } from 'node:crypto';
import { createCacheManager } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition, PolicyConfig } from '@greenroom/cache-core';
import type { OpenedSubject, OpenSubject } from '../openSubject';
import { getFrozen } from './openGreenroom';

/** The cost of core alone, with a driver that resolves at once. */
export const openCore: OpenSubject = () => open(createInstantDriver());

/** The same with a driver that has `getMany`. */
export const openBatchingCore: OpenSubject = () => {
  const driver = createDriver();
  const getMany = async (keys: readonly string[]) => Promise.all(keys.map(async key => driver.get(key)));
  return open(toDefinition({ ...driver, getMany }));
};

/** The same for a plugin whose values are encrypted. */
export const openEncryptingCore: OpenSubject = () => {
  const opened = open(createInstantDriver(), {
    plugins: { encrypting: { encrypt: true } },
    encryptionKeys: [randomBytes(32).toString('base64')],
  });
  return { ...opened, cacheOf: () => opened.cacheOf('encrypting') };
};

/** The same with a driver that returns another text of the same value at each read. */
export const openChangingCore: OpenSubject = () => {
  const texts = new Map<string, string[]>();
  const driver: CacheDriver = {
    ...createDriver(),
    get: async key => texts.get(key)?.reverse()[0],
    set: async (key, text) => void texts.set(key, [`${text} \n`, `${text}\n `]),
  };
  return open(toDefinition(driver));
};

/** A driver that resolves at once. */
export function createInstantDriver(): CacheDriverDefinition {
  return toDefinition(createDriver());
}

function toDefinition(driver: CacheDriver): CacheDriverDefinition {
  return { contractVersion: 1, store: 'instant', parseOptions: () => undefined, create: () => driver };
}

function createDriver(): CacheDriver {
  const texts = new Map<string, string>();
  return {
    get: async key => texts.get(key),
    set: async (key, text) => void texts.set(key, text),
    delete: async key => void texts.delete(key),
    close: async () => {},
  };
}

function open(driver: CacheDriverDefinition, policies: PolicyConfig = {}): OpenedSubject {
  let operations = 0;
  const manager = createCacheManager({
    ...{ driver, ...policies },
    driverOptions: undefined,
    observer: { onOperation: () => void operations++ },
  });
  return { cacheOf: pluginId => manager.forPlugin(pluginId), getFrozen };
}
