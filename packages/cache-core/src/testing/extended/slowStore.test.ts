import { setTimeout as sleep } from 'node:timers/promises';
import { createCacheManager } from '../../cacheManager';
import type { CacheManager } from '../../cacheManager';
import type { Awaitable } from '../../contract/awaitable';
import type { CacheService } from '../../contract/cacheService';
import type { CacheDriverDefinition } from '../../contract/driver';
import { mapDriver } from '../testSupport/mapDriver';
import { extendedCases } from './extendedCases';

const DELAY_MS = 60;

/** A store that is slow, as on a busy machine, but does everything in call order. */
const slowDriver: CacheDriverDefinition = {
  ...mapDriver,
  create: (_options, host) => {
    const driver = mapDriver.create({ store: new Map() }, host);
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(run: () => Awaitable<T>): Promise<T> => {
      const delay = sleep(DELAY_MS);
      const done = last.then(() => delay).then(run);
      last = done.catch(() => {});
      return done;
    };
    return {
      get: key => inTurn(() => driver.get(key)),
      set: (key, value, ttlMs) => inTurn(() => driver.set(key, value, ttlMs)),
      delete: key => inTurn(() => driver.delete(key)),
      close: () => driver.close(),
    };
  },
};

const managers: CacheManager[] = [];
afterAll(() => Promise.all(managers.map(manager => manager.close())));

function openPlugin(): CacheService {
  const manager = createCacheManager({ driver: slowDriver, driverOptions: {} });
  managers.push(manager);
  return manager.forPlugin('plugin');
}

/** The same cache with only the standard methods, so that `extendCache` treats it as a foreign cache service. */
function openService(): CacheService {
  const cache = openPlugin();
  return {
    get: key => cache.get(key),
    set: (key, value, options) => cache.set(key, value, options),
    delete: key => cache.delete(key),
    withOptions: options => cache.withOptions(options),
  };
}

describe.each([
  ['a Greenroom cache', openPlugin],
  ['a foreign cache service', openService],
])('%s on a slow store', (_what, open) => {
  it('passes each case', async () => {
    const failures = extendedCases.map(async ({ name, run }) =>
      run({ lacksClear: 'it is not looked at here', open }).then(
        () => [],
        (error: unknown) => [`${name}: ${String(error)}`],
      ),
    );
    expect((await Promise.all(failures)).flat()).toEqual([]);
    expect(failures.length).toBeGreaterThan(100);
  });
});
