import { EventEmitter } from 'node:events';
import { createCacheManager, createConfigSource } from '@greenroom/cache-core';
import type { CacheDriver, CacheError, CacheManager } from '@greenroom/cache-core';
import type { RemoteOperations } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { memcacheDriver } from '../memcacheDriver';
import type { MemcacheOptions } from '../options/memcacheOptions';

/** The options for a connection and a client section. */
export function toOptions(connection: string | object, client: object = {}): MemcacheOptions {
  return memcacheDriver.parseOptions(createConfigSource({ connection, memcache: { client } }, 'backend.cache'));
}

export type RemoteDriver = RemoteOperations & CacheDriver;

/**
 * Options of the client section, unless a test gives its own. A command may take 5 s, because a server can take longer than half a second
 * while other tests run.
 */
const patientClient = { commandTimeout: '5s' };

/** Opens a driver, and records its calls to its host: as events, and as a list of `connected` and error codes. */
export function openDriver(connection: string | object, client?: object) {
  const events = new EventEmitter();
  const states: string[] = [];
  const driver = memcacheDriver.create(toOptions(connection, { ...patientClient, ...client }), {
    connected: () => {
      states.push('connected');
      events.emit('connected');
    },
    disconnected: (error: CacheError) => {
      states.push(error.code);
      events.emit('disconnected', error);
    },
  }) as RemoteDriver;
  cleanUp(() => driver.close());
  return { driver, events, states };
}

export function openManager(connection: string, client?: object): CacheManager {
  const driverOptions = toOptions(connection, { ...patientClient, ...client });
  const manager = createCacheManager({ driver: memcacheDriver, driverOptions });
  cleanUp(() => manager.close());
  return manager;
}

/** Whether a key can be written and read. */
export async function isUsed(driver: CacheDriver, key = 'is-used'): Promise<boolean> {
  try {
    await driver.set(key, 'yes');
    return (await driver.get(key)) === 'yes';
  } catch {
    return false;
  }
}
