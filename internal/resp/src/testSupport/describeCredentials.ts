import { createCacheManager } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheStateChange } from '@greenroom/cache-core';
import { sendCommands, until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import type { GetCredentials } from '../credentials';
import type { StoreUnderTest } from './storeUnderTest';

/** What a store does with credentials that are asked for. */
export function describeCredentials(
  { serverName, store, startServer, startCluster, startSentinel, toOptions }: StoreUnderTest,
  createDriver: (options: { readonly credentials: GetCredentials }) => CacheDriverDefinition,
) {
  function open(cache: object, credentials: GetCredentials) {
    const changes: CacheStateChange[] = [];
    const manager = createCacheManager({
      driver: createDriver({ credentials }),
      driverOptions: toOptions(cache),
      observer: { onStateChange: change => void changes.push(change) },
    });
    cleanUp(() => manager.close());
    return { cache: manager.forPlugin('catalog'), changes };
  }

  describe(`credentials for ${serverName} that are asked for`, () => {
    it('are asked for anew with each connection, and stand in for those of the configuration', async () => {
      const server = await startServer({ credentials: { password: 'token-1' } });
      const asked: string[] = [];
      const { cache } = open({ connection: `${store}://:old@${server.host}:${server.port}` }, async () => {
        const password = `token-${asked.length + 1}`;
        asked.push(password);
        return { password };
      });
      await cache.set('key', 'kept');
      expect(await cache.get('key')).toBe('kept');

      await sendCommands(server, [
        ['CONFIG', 'SET', 'requirepass', 'token-2'],
        ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'],
      ]);

      await until('the store is used again', async () => (await cache.get('key')) === 'kept', 2000);
      expect(asked).toEqual(['token-1', 'token-2']);
    });

    it('are tried again when they cannot be got, which the log is told without what was thrown', async () => {
      const server = await startServer({ credentials: { username: 'backstage', password: 'token' } });
      const failures = [new Error('hunter2'), new Error('hunter2')];
      const { cache, changes } = open({ connection: `${store}://${server.host}:${server.port}` }, async () => {
        const failure = failures.pop();
        if (failure) throw failure;
        return { username: 'backstage', password: 'token' };
      });

      await until('the store is used', async () => (await cache.set('key', 1), (await cache.get('key')) === 1), 3000);

      await until('it is told', () => changes.length === 2, 1000);
      expect(changes).toEqual([
        { store, state: 'unavailable', error: expect.objectContaining({ code: 'CACHE_AUTH' }) },
        expect.objectContaining({ state: 'available' }),
      ]);
      expect(changes[0]).toMatchObject({
        error: { message: `The credentials for ${serverName} at ${server.host}:${server.port} could not be got` },
      });
    });

    it('that never come hold up neither operations nor the close', async () => {
      const server = await startServer({ credentials: { password: 'token' } });
      const { cache } = open(
        { connection: `${store}://${server.host}:${server.port}`, [store]: { client: { connectTimeout: 200 } } },
        () => new Promise(() => {}),
      );
      expect(await cache.get('key')).toBeUndefined();
    });

    it('let the store in at every node of a cluster', async () => {
      const credentials = { username: 'backstage', password: 'token' };
      const cluster = await startCluster({ credentials });
      const [node] = cluster.nodes;
      const rootNodes = [{ url: `${store}://${node?.host}:${node?.port}` }];
      const { cache } = open({ [store]: { cluster: { rootNodes } } }, async () => credentials);
      const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);

      await Promise.all(keys.map(key => cache.set(key, key)));

      expect(await Promise.all(keys.map(key => cache.get(key)))).toEqual(keys);
    }, 30_000);

    it('let the store in at the master that sentinels know, and are not shown to the sentinels', async () => {
      const credentials = { password: 'token' };
      const set = await startSentinel({ credentials });
      const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
      const { cache } = open({ [store]: { sentinel: { name: set.name, rootNodes } } }, async () => credentials);

      await cache.set('key', 1);

      // Sentinels without a password refuse one.
      expect(await cache.get('key')).toBe(1);
    }, 30_000);
  });
}
