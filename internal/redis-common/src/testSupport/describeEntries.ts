import type { CacheManager, EntriesOptions, EntryPage } from '@greenroom/cache-core';
import { sendCommands, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { commandsDuring } from './commandsDuring';
import type { StoreUnderTest } from './storeUnderTest';

const FOREIGN_KEYS = 20_000;
const OWN_KEYS = 1500;
const names = Array.from({ length: OWN_KEYS }, (_, index) => `key-${index}`);
const slow = { commandTimeout: 10_000 };

async function listAll(manager: CacheManager, plugin: string | undefined, options?: EntriesOptions) {
  const pages: EntryPage[] = [];
  for await (const page of manager.entries(plugin, options)) pages.push(page);
  return {
    pages,
    entries: pages.flatMap(({ entries }) => entries),
    unreached: pages.flatMap(({ unreached = [] }) => unreached),
  };
}

/** Listings for operators, and clears that report what they have removed. */
export function describeEntries({ store, startLastingServer, startCluster, openCache }: StoreUnderTest) {
  describe('entries beside keys of other applications', () => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startLastingServer();
      const script = `for index = 1, ${FOREIGN_KEYS} do redis.call('SET', 'other:' .. index, 'x') end`;
      await sendCommands(server, [['EVAL', script, '0']], 30_000);
    });
    afterAll(() => server.stop());

    const open = async (url = server.url) => {
      const opened = openCache({ connection: url, [store]: { client: slow } });
      await until('it is connected', async () => opened.manager.connections() === 1, 10_000);
      return opened;
    };

    it('are listed by SCAN COUNT 500 alone, and are counted by a clear that removes at most 100 at a time', async () => {
      const { manager, cache } = await open();
      await Promise.all(names.map(name => cache.set(name, 'x'.repeat(100))));
      expect(manager.servers()).toEqual([`${server.host}:${server.port}`]);

      let listed: Awaited<ReturnType<typeof listAll>> | undefined;
      const scans = await commandsDuring(server, async () => (listed = await listAll(manager, 'catalog')));
      expect(listed?.entries.map(({ key }) => key).sort()).toEqual(names.map(name => `catalog:${name}`).sort());
      expect(new Set(scans.map(([name]) => name))).toEqual(new Set(['SCAN']));
      expect(new Set(scans.map(args => args.slice(2).join(' ')))).toEqual(new Set(['MATCH catalog:* COUNT 500']));

      let cleared: unknown;
      const removals = await commandsDuring(server, async () => (cleared = await manager.clear('catalog')));
      expect(cleared).toEqual({ entries: OWN_KEYS });
      expect(new Set(removals.map(([name]) => name))).toEqual(new Set(['SCAN', 'UNLINK']));
      const sizes = removals.filter(([name]) => name === 'UNLINK').map(args => args.length - 1);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
      expect(await sendCommands(server, [['DBSIZE']])).toEqual([FOREIGN_KEYS]);
    });

    it('are listed with bytes and expiry on request, for all entries or for a sample', async () => {
      const { manager, cache } = await open();
      await cache.set('ever', 'x'.repeat(98));
      await cache.set('short', 'x', { ttl: 60_000 });
      await sendCommands(server, [['HSET', 'catalog:foreign', 'field', 'value']]);
      const { entries } = await listAll(manager, 'catalog', { details: true });
      const byKey = new Map(entries.map(entry => [entry.key, entry]));
      expect(byKey.get('catalog:ever')).toEqual({ key: 'catalog:ever', bytes: 12 + 100, expiresInMs: null });
      expect(byKey.get('catalog:short')?.expiresInMs).toBeGreaterThan(30_000);
      expect(byKey.get('catalog:short')?.expiresInMs).toBeLessThanOrEqual(60_000);
      expect(byKey.get('catalog:foreign')).toEqual({ key: 'catalog:foreign', expiresInMs: null });

      const sample = await listAll(manager, undefined, { details: 1000 });
      expect(sample.entries).toHaveLength(FOREIGN_KEYS + 3);
      const detailed = sample.entries.filter(({ expiresInMs }) => expiresInMs !== undefined).length;
      expect(detailed).toBeGreaterThanOrEqual(1000);
      expect(detailed).toBeLessThan(2000);
      await manager.clear('catalog');
    });

    it('have bytes but no expiry when the user may not run PTTL, which is sent at most 100 times', async () => {
      const user = [
        'ACL',
        'SETUSER',
        'reader',
        'on',
        '>secret',
        '~*',
        '-@all',
        '+get',
        '+mget',
        '+set',
        '+scan',
        '+strlen',
      ];
      await sendCommands(server, [user]);
      const { manager, cache } = await open(`redis://reader:secret@${server.host}:${server.port}`);
      await Promise.all(names.slice(0, 300).map(name => cache.set(name, 'x')));
      let entries: EntryPage['entries'] = [];
      const commands = await commandsDuring(server, async () => {
        ({ entries } = await listAll(manager, 'catalog', { details: true }));
      });
      expect(entries).toHaveLength(300);
      expect(entries.every(({ bytes, expiresInMs }) => bytes !== undefined && expiresInMs === undefined)).toBe(true);
      expect(commands.filter(([name]) => name === 'STRLEN')).toHaveLength(300);
      expect(commands.filter(([name]) => name === 'PTTL').length).toBeLessThanOrEqual(100);
      await expect(manager.clear('catalog')).rejects.toMatchObject({ code: 'CACHE_AUTH' });
      const { manager: admin } = await open();
      expect(await admin.clear('catalog')).toEqual({ entries: 300 });
    });

    it('are listed from a cursor on, and a wrong cursor rejects with CACHE_INVALID_CURSOR', async () => {
      const { manager, cache } = await open();
      await Promise.all(names.map(name => cache.set(name, 'x')));
      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const options: EntriesOptions = { pageSize: 100, ...(cursor !== undefined && { cursor }) };
        cursor = undefined;
        for await (const page of manager.entries('catalog', options)) {
          listed.push(...page.entries.map(({ key }) => key));
          cursor = page.cursor;
          break;
        }
      } while (cursor !== undefined);
      expect(new Set(listed).size).toBe(OWN_KEYS);
      for (const wrong of ['', '5', 'other:1/5', `${server.host}:${server.port}/x`]) {
        await expect(listAll(manager, 'catalog', { cursor: wrong })).rejects.toMatchObject({
          code: 'CACHE_INVALID_CURSOR',
        });
      }
      await manager.clear('catalog');
    });
  });

  it('a listing rejects when the server freezes, then listings and clears reject with CACHE_UNAVAILABLE', async () => {
    const server = await startLastingServer();
    try {
      const { manager, cache, changes } = openCache({ connection: server.url, [store]: {} });
      await until('it is connected', async () => (await cache.set('key', 1), manager.connections() === 1), 10_000);
      await server.freeze();
      await expect(listAll(manager, 'catalog')).rejects.toMatchObject({
        code: expect.stringMatching(/TIMEOUT|UNAVAILABLE/) as string,
      });
      await until('it is away', () => changes.at(-1)?.state === 'unavailable', 10_000);
      await expect(listAll(manager, 'catalog')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
      await expect(manager.clear('catalog')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
      await server.thaw();
    } finally {
      await server.stop();
    }
  });

  describe('entries of a cluster', () => {
    it('are listed and cleared on reachable masters; a lost one is reported as unreached and cleared later', async () => {
      const cluster = await startCluster({ replicasPerMaster: 0 });
      const rootNodes = cluster.nodes.map(({ host, port }) => ({ url: `${store}://${host}:${port}` }));
      const { manager, cache } = openCache({ [store]: { client: slow, cluster: { rootNodes } } });
      await until('all nodes are connected', () => manager.connections() === cluster.masters.length, 20_000);
      await Promise.all(
        cluster.masters.map(master => sendCommands(master, [['CONFIG', 'SET', 'cluster-require-full-coverage', 'no']])),
      );
      await Promise.all(names.map(name => cache.set(name, 'x')));
      const whole = await listAll(manager, 'catalog', { details: true });
      expect(new Set(whole.entries.map(({ key }) => key)).size).toBe(OWN_KEYS);
      expect(whole.entries.every(({ bytes, expiresInMs }) => bytes !== undefined && expiresInMs === null)).toBe(true);
      expect(whole.unreached).toEqual([]);
      expect([...manager.servers()].sort()).toEqual(cluster.masters.map(({ host, port }) => `${host}:${port}`).sort());

      const [lost, ...others] = cluster.masters as [TestServer, ...TestServer[]];
      const name = `${lost.host}:${lost.port}`;
      const [held] = await sendCommands(lost, [['DBSIZE']]);
      await lost.freeze();
      await until('its connection is lost', () => manager.connections() === others.length, 20_000);
      const rest = await listAll(manager, 'catalog');
      expect(rest.entries).toHaveLength(OWN_KEYS - Number(held));
      expect(rest.unreached).toEqual([name]);
      expect(await manager.clear('catalog')).toEqual({ entries: OWN_KEYS - Number(held), unreached: [name] });
      expect(await cache.get('key-0')).toBeUndefined();

      await lost.thaw();
      await until(
        'what it held is removed',
        async () => Number((await sendCommands(lost, [['DBSIZE']]))[0]) === 0,
        30_000,
      );
    });
  });
}
