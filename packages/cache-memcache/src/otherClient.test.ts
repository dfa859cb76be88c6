import type { DriverHost } from '@greenroom/cache-core';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { sharedServerUrl } from '@greenroom/testing';
import Memcached from 'memcached';
import type { MemcacheClient } from './memcacheClient';
import { createMemcacheDriver } from './memcacheDriver';
import { errorOf } from './testSupport/openDriver';

describe('another client', () => {
  /** The bare library, behind the methods that the store wants; any client fits like this. */
  function createOtherClient(servers: string): MemcacheClient {
    const client = new Memcached(servers);
    const call = (run: (callback: (error: unknown, result?: unknown) => void) => void) =>
      new Promise<unknown>((resolve, reject) => {
        run((error, result) => (error ? reject(new Error('hunter2', { cause: error })) : resolve(result)));
      });
    return {
      get: async key => (await call(callback => client.get(key, callback))) as string | undefined,
      set: async (key, text, expiry) => {
        await call(callback => client.set(key, text, expiry, callback));
      },
      delete: async key => {
        await call(callback => client.del(key, callback));
      },
      close: async () => client.end(),
    };
  }

  const driver = createMemcacheDriver({ createClient: connection => createOtherClient(connection as string) });
  const toTarget = () => ({
    driver,
    options: { connection: sharedServerUrl('memcached') },
    lacks: { clear: 'memcached cannot' },
  });
  const { cases } = conformanceCasesFor({ ...toTarget, driver, options: {}, lacks: { clear: 'memcached cannot' } });

  it.each(cases.filter(({ group }) => group === 'contract' || group === 'ttl'))(
    'keeps the promises of the store: $group: $name',
    ({ run }) => run(toTarget()),
  );

  it('is not shown to others by the text of its errors, and is closed with the store', async () => {
    let closed = 0;
    const failing: MemcacheClient = {
      ...createOtherClient('unused'),
      get: async () => {
        throw Object.assign(new Error('hunter2'), { code: 'ECONNRESET' });
      },
      close: async () => void closed++,
    };
    const host: DriverHost = { connected: () => {}, disconnected: () => {} };
    const store = createMemcacheDriver({ createClient: () => failing }).create({}, host);
    expect(await errorOf(store.get('key'))).toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: 'Memcached cannot be reached (ECONNRESET)',
    });
    await Promise.all([store.close(), store.close()]);
    expect(closed).toBe(1);
  });
});
