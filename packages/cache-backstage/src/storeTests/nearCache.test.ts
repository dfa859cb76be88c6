/** A near cache in front of every store, and no trace of one where it is not configured. */
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@backstage/types';
import { extendCache } from '@greenroom/cache-core';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { startBackend, uniqueId } from '../testSupport/startBackend';
import { serverStores, stores, toAddress, toCacheConfig } from '../testSupport/stores';
import type { ServerStore } from '../testSupport/stores';

afterEach(() => void jest.restoreAllMocks());

/** A proxy in front of a server that records what the backend sends, once the connection is set up. */
async function startRecorder(connection: string) {
  const sent: Buffer[] = [];
  const server = createServer(client => {
    const upstream = connect(toAddress(connection));
    client.on('data', bytes => void sent.push(bytes));
    client.pipe(upstream).pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  cleanUp(async () => void server.close());
  const { port } = server.address() as AddressInfo;
  const scheme = connection.includes('://') ? 'redis://' : '';
  return {
    connection: `${scheme}127.0.0.1:${port}`,
    /** What was sent since the last call, without pings, which depend on the clock. */
    take: () =>
      Buffer.concat(sent.splice(0))
        .toString('latin1')
        .replace(/\*1\r\n\$4\r\nPING\r\n|version\r\n/g, ''),
  };
}

/** Makes every call that a plugin can make, one after the other, as operations of one turn may use several connections. */
async function useCache(cacheOf: () => ReturnType<Awaited<ReturnType<typeof startBackend>>['cacheOf']>) {
  const cache = cacheOf();
  const extended = extendCache(cache);
  const values: unknown[] = [];
  for (let round = 0; round < 2; round++) {
    await cache.set('plain', { round, text: 'bob' }, { ttl: 60_000 });
    values.push(await cache.get('plain'), await cache.get('plain'), await cache.get('missing'));
    await extended.set('a', 1);
    await extended.setMany(new Map([['b', 2]]));
    values.push([...(await extended.getMany(['a', 'b', 'c'], { frozen: true }))]);
    values.push(await extended.getOrSet('loaded', () => 'value', { ttl: '1m', staleTtl: '2m' }));
    values.push(await extended.getOrSet('loaded', () => 'other', { frozen: true }));
    await extended.namespace('inside').set('key', round);
    values.push(await extended.namespace('inside').get('key'));
    await cache.delete('plain');
    await cache.withOptions({ defaultTtl: 60_000 }).set('later', round);
    values.push(await cache.get('later'), await cache.get('plain'));
  }
  return values;
}

async function record({ store, server }: ServerStore, pluginId: string, options: JsonObject) {
  const recorder = await startRecorder(server.sharedConnection());
  const { cacheOf, stop } = await startBackend(
    { store, connection: recorder.connection, ...options },
    { pluginIds: [pluginId] },
  );
  await cacheOf().get('first');
  recorder.take();
  const values = await useCache(cacheOf);
  const bytes = recorder.take();
  await cacheOf().delete('loaded');
  await stop();
  return { values, bytes };
}

describe.each(serverStores)('the bytes sent to $store without a near cache', row => {
  it('are identical for every way to turn the near cache off', async () => {
    // Memcached stores expiries in the text of an entry, so the clock has to stand still.
    jest.spyOn(Date, 'now').mockReturnValue(Date.now());
    const pluginId = uniqueId();
    const { bytes, values } = await record(row, pluginId, {});
    expect(bytes.length).toBeGreaterThan(1000);
    for (const options of [
      { near: false },
      { near: { enabled: false, maxStaleness: '5s' } },
      { near: true, plugin: { [pluginId]: { near: false } } },
      { plugin: { other: { near: true } } },
    ]) {
      expect(await record(row, pluginId, options)).toEqual({ bytes, values });
    }
    const near = await record(row, pluginId, { near: true });
    expect(near.values).toEqual(values);
    expect(near.bytes.length).toBeLessThan(bytes.length);
  });
});

describe.each(stores)('a near cache in front of $store', row => {
  it('serves recently read or set values, but not deleted ones', async () => {
    const pluginId = uniqueId();
    const [one, two] = await Promise.all([
      startBackend({ ...toCacheConfig(row), near: { maxStaleness: '10m' } }, { pluginIds: [pluginId] }),
      startBackend({ ...toCacheConfig(row), near: false }, { pluginIds: [pluginId] }),
    ]);
    const [near, far] = [one.cacheOf(), two.cacheOf()];
    await far.set('read', 1);
    await near.set('set', 1);
    const isShared = row.server !== undefined;
    expect(await near.get('read')).toBe(isShared ? 1 : undefined);
    await Promise.all([far.set('read', 2), far.set('set', 2)]);
    expect([await near.get('read'), await near.get('set')]).toEqual([isShared ? 1 : undefined, 1]);
    await near.set('set', 3, { ttl: 60_000 });
    await near.delete('read');
    expect([await near.get('set'), await near.get('read')]).toEqual([3, undefined]);
    expect(await far.get('set')).toBe(isShared ? 3 : 2);
  });
});
