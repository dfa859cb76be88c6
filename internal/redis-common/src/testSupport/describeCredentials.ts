import { createCacheManager } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheStateChange } from '@greenroom/cache-core';
import { sendCommands, until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import type { GetCredentials } from '../config/credentials';
import type { StoreUnderTest } from './storeUnderTest';

/** Credentials that come from a function. */
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

  describe(`credentials for ${serverName} from a function`, () => {
    it('are requested for each connection and replace those of the configuration', async () => {
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

    it('are requested again after the function rejects, and its error text is not reported', async () => {
      const server = await startServer({ credentials: { username: 'backstage', password: 'token' } });
      const failures = [new Error('hunter2'), new Error('hunter2')];
      const { cache, changes } = open({ connection: `${store}://${server.host}:${server.port}` }, async () => {
        const failure = failures.pop();
        if (failure) throw failure;
        return { username: 'backstage', password: 'token' };
      });

      await until('the store is used', async () => (await cache.set('key', 1), (await cache.get('key')) === 1), 3000);

      await until('both changes are reported', () => changes.length === 2, 1000);
      expect(changes).toEqual([
        { store, state: 'unavailable', error: expect.objectContaining({ code: 'CACHE_AUTH' }) },
        expect.objectContaining({ state: 'available' }),
      ]);
      expect(changes[0]).toMatchObject({
        error: { message: `Could not get the credentials for ${serverName} at ${server.host}:${server.port}` },
      });
    });

    it('do not block a get when the function never resolves', async () => {
      const server = await startServer({ credentials: { password: 'token' } });
      const { cache } = open(
        { connection: `${store}://${server.host}:${server.port}`, [store]: { client: { connectTimeout: 200 } } },
        () => new Promise(() => {}),
      );
      expect(await cache.get('key')).toBeUndefined();
    });

    it('are used for every node of a cluster', async () => {
      const credentials = { username: 'backstage', password: 'token' };
      const cluster = await startCluster({ credentials });
      const [node] = cluster.nodes;
      const rootNodes = [{ url: `${store}://${node?.host}:${node?.port}` }];
      const { cache } = open({ [store]: { cluster: { rootNodes } } }, async () => credentials);
      const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);

      await Promise.all(keys.map(key => cache.set(key, key)));

      expect(await Promise.all(keys.map(key => cache.get(key)))).toEqual(keys);
    });

    it('are sent to the master but not to the sentinels', async () => {
      const credentials = { password: 'token' };
      const set = await startSentinel({ credentials });
      const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
      const { cache } = open({ [store]: { sentinel: { name: set.name, rootNodes } } }, async () => credentials);

      await cache.set('key', 1);

      // These sentinels have no password and would refuse one.
      expect(await cache.get('key')).toBe(1);
    });
  });
}
