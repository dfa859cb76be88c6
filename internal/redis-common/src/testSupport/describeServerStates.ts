import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendCommands, until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import type { StoreUnderTest } from './storeUnderTest';

/** Longest time until a recovered server is used again, with a margin for a busy machine. */
const RECOVERED_MS = 1500;

/** Servers that answer but refuse. */
export function describeServerStates({ serverName, store, startServer, startCluster, openCache }: StoreUnderTest) {
  describe(`a ${serverName} server`, () => {
    async function openFilled(options?: Parameters<typeof startServer>[0]) {
      const server = await startServer(options);
      const opened = openCache({ connection: server.url });
      await opened.cache.set('key', 'old');
      await opened.cache.set('other', 'other');
      const send = async (...args: string[]) => (await sendCommands(server, [args]))[0];
      const states = () => opened.changes.map(({ state }) => state);
      const codes = () => new Set(opened.operations.flatMap(({ error }) => (error ? [error.code] : [])));
      return { ...opened, server, send, states, codes };
    }

    it('drops the old value of a key that is set while it is out of memory, and stores no new one', async () => {
      const { cache, send, states, codes } = await openFilled();
      await send('CONFIG', 'SET', 'maxmemory', '1');

      await cache.set('key', 'new');

      expect(await cache.get('key')).toBeUndefined();
      expect(await cache.get('other')).toBe('other');
      expect(await send('EXISTS', 'catalog:key')).toBe(0);
      expect(codes()).toEqual(new Set(['CACHE_FULL']));

      await send('CONFIG', 'SET', 'maxmemory', '0');
      await cache.set('key', 'newer');
      expect(await cache.get('key')).toBe('newer');
      expect(states()).toEqual(['available']);
    });

    it.each([
      ['has become a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
      [
        'has too few replicas',
        ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
        ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
      ],
    ])(
      'still serves reads when it %s, and returns no old value when it takes writes again',
      async (_what, begin, end) => {
        const { cache, send, states, changes } = await openFilled();
        await send(...begin);

        for (let count = 0; count < 20; count++) await cache.set('key', 'new');
        await cache.delete('never-set');
        expect(await cache.get('key')).toBeUndefined();
        await until('the other value is read', async () => (await cache.get('other')) === 'other', RECOVERED_MS);
        expect(states()).toEqual(['available', 'read-only']);

        await send(...end);
        await until('writes are made', () => states().length === 3, RECOVERED_MS);
        expect(changes.at(-1)).toMatchObject({ state: 'available', invalidatedKeys: 2 });
        expect(await send('EXISTS', 'catalog:key')).toBe(0);
        await cache.set('key', 'newer');
        expect(await cache.get('key')).toBe('newer');
      },
    );

    it('serves reads but no writes while it cannot save its data, and takes writes again afterwards', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'greenroom-misconf-'));
      cleanUp(() => rm(folder, { recursive: true, force: true }));
      const server = await startServer({ args: ['--dir', folder, '--save', '3600 1'] });
      const send = async (...args: string[]) => (await sendCommands(server, [args]))[0];
      await send('SET', 'catalog:key', '"old"');
      await rm(folder, { recursive: true });
      await send('BGSAVE');
      await until(
        'it refuses writes',
        async () => /save_status:err/.test(String(await send('INFO', 'persistence'))),
        5000,
      );
      await expect(send('PING')).rejects.toThrow('MISCONF');

      const { cache, changes, operations } = openCache({ connection: server.url });
      expect(await cache.get('key')).toBe('old');
      await cache.set('key', 'new');
      expect(await cache.get('key')).toBeUndefined();
      expect(operations.at(-2)?.error?.code).toBe('CACHE_READ_ONLY');
      expect(changes.map(({ state }) => state)).toEqual(['available', 'read-only']);

      await send('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no');
      await until('writes are made', () => changes.length === 3, RECOVERED_MS);
      await cache.set('key', 'newer');
      expect(await cache.get('key')).toBe('newer');
    });

    it('gives misses while it loads its data, and is used without old values afterwards', async () => {
      const { cache, send, server, codes } = await openFilled({ args: ['--enable-debug-command', 'yes'] });
      const filling = Array.from({ length: 100 }, (_, index) => ['SET', `filler:${index}`, 'x'.repeat(5000)]);
      await sendCommands(server, filling);
      await send('CONFIG', 'SET', 'key-load-delay', '10000');
      await send('CONFIG', 'SET', 'loading-process-events-interval-bytes', '1024');

      const reloading = send('DEBUG', 'RELOAD');
      await until('it refuses', async () => (await cache.get('other')) === undefined, 5000);
      await cache.set('key', 'new');
      expect(await cache.get('key')).toBeUndefined();
      expect(await reloading).toBe('OK');
      expect(codes()).toContain('CACHE_UNAVAILABLE');

      await until('the other value is read', async () => (await cache.get('other')) === 'other', RECOVERED_MS);
      await until('the old value is gone', async () => (await send('EXISTS', 'catalog:key')) === 0, RECOVERED_MS);
    });

    it('gives misses while it forbids GET, and hits when it allows it again', async () => {
      const { cache, send, codes } = await openFilled();
      await send('ACL', 'SETUSER', 'default', '-get', '-mget');
      expect(await cache.get('key')).toBeUndefined();
      expect(codes()).toEqual(new Set(['CACHE_AUTH']));
      await send('ACL', 'SETUSER', 'default', '+@all');
      expect(await cache.get('key')).toBe('old');
    });

    it('is used again within 1.5 s each time it closes its connections', async () => {
      const { cache, send } = await openFilled();
      for (let count = 0; count < 5; count++) {
        await send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await until('the value is read', async () => (await cache.get('key')) === 'old', RECOVERED_MS);
      }
    });
  });

  describe(`a ${serverName} cluster`, () => {
    it('gives misses while a lost master takes it down, and returns no old value when it is whole again', async () => {
      const cluster = await startCluster();
      const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
      const { cache, operations } = openCache({ [store]: { cluster: { rootNodes } } });
      const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
      const readAll = () => Promise.all(keys.map(key => cache.get(key)));
      await Promise.all(keys.map(key => cache.set(key, 'old')));

      const [lost, ...others] = cluster.masters;
      await lost?.kill();
      await until(
        'the others refuse',
        async () => {
          await readAll();
          return operations.some(({ error }) => error?.message.includes('CLUSTERDOWN'));
        },
        10_000,
      );
      await Promise.all(keys.map(key => cache.set(key, 'new')));
      expect(new Set(await readAll())).toEqual(new Set([undefined]));

      await lost?.start();
      await cluster.waitUntilFine();
      await until('old values are removed', async () => await isEmpty(others), 3000);
      await Promise.all(keys.map(key => cache.set(key, 'newer')));
      expect(new Set(await readAll())).toEqual(new Set(['newer']));
    });
  });
}

async function isEmpty(servers: readonly Parameters<typeof sendCommands>[0][]): Promise<boolean> {
  const counts = await Promise.all(servers.map(server => sendCommands(server, [['DBSIZE']])));
  return counts.every(([count]) => count === 0);
}
