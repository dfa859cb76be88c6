import { extendCache } from '@greenroom/cache-core';
import { until } from '@greenroom/test-servers';
import { startFakeServer } from './startFakeServer';
import type { FakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';
import { toBulk, toReply } from './toReply';

const names = Array.from({ length: 50 }, (_, index) => `key-${index}`);
const storedKeys = names.map(name => `catalog:${name}`);
const LAST_SLOT = 16_383;

/**
 * Servers that share their entries and answer commands for keys only when those for all 50 keys have arrived. A client that waits for
 * an answer before it has sent all commands gets none.
 */
async function startPatientServers(count: number) {
  const entries = new Map<string, string>();
  const servers: FakeServer[] = [];
  const state = { isPatient: false, refusedKey: '' };
  const received = () =>
    servers.flatMap(({ commands }) => commands).filter(([, key]) => key?.startsWith('catalog:') === true);
  const keysReceived = () => new Set(received().flatMap(args => args.filter(word => storedKeys.includes(word))));
  const toSlots = () =>
    toReply(
      servers.map(({ host, port }, index) => {
        const first = index === 0 ? 0 : LAST_SLOT / 2 + 0.5;
        return [first, index === count - 1 ? LAST_SLOT : LAST_SLOT / 2 - 0.5, [host, port, `id-${index}`]];
      }),
    );
  const answer = async ([name, key = '', value = '']: readonly string[]) => {
    if (name === 'CLUSTER') return toSlots();
    if (!key.startsWith('catalog:')) return undefined;
    if (state.isPatient) await until('all have arrived', () => keysReceived().size === names.length, 4000);
    if (key === state.refusedKey && name === 'SET')
      return "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
    if (name !== 'UNLINK' && name !== 'SET' && name !== 'GET') return undefined;
    if (name === 'GET') return toBulk(entries.get(key));
    if (name === 'SET') entries.set(key, value);
    return name === 'SET' ? '+OK\r\n' : `:${Number(entries.delete(key))}\r\n`;
  };
  for (let index = 0; index < count; index++) servers.push(await startFakeServer({ answer, entries }));
  return {
    entries,
    servers,
    state,
    /** Returns the commands for keys that arrive during `run`. They are answered only when those for all keys have arrived. */
    async commandsOf(run: () => Promise<unknown>) {
      for (const { commands } of servers) (commands as string[][]).length = 0;
      state.isPatient = true;
      await run();
      state.isPatient = false;
      return received();
    },
  };
}

/** Operations of several keys. */
export function describeManyKeys({ store, openCache }: StoreUnderTest) {
  describe.each([
    ['a server', 1],
    ['a cluster of two nodes', 2],
  ])('several keys on %s', (_what, count) => {
    async function open() {
      const patient = await startPatientServers(count);
      const rootNodes = patient.servers.map(({ host, port }) => ({ host, port }));
      const client = { commandTimeout: 8000 };
      const { manager, cache } = openCache(
        count === 1
          ? { connection: patient.servers[0]?.url, [store]: { client } }
          : { [store]: { client, cluster: { rootNodes } } },
      );
      await cache.set('other', 1);
      await until('all nodes are connected', () => manager.connections() === count, 5000);
      return { ...patient, cache: extendCache(cache) };
    }

    it('are read, set and deleted in one round trip', async () => {
      const { cache, entries, commandsOf } = await open();

      const sets = await commandsOf(() => cache.setMany(new Map(names.map(name => [name, name]))));
      expect(sets.map(([name]) => name)).toEqual(names.map(() => 'SET'));
      expect(entries.size).toBe(names.length + 1);

      const found = new Map<string, string>();
      const gets = await commandsOf(async () => {
        for (const [name, value] of await cache.getMany<string>(names)) found.set(name, value);
      });
      expect(found).toEqual(new Map(names.map(name => [name, name])));
      expect(gets.map(([name]) => name)).toEqual(count === 1 ? ['MGET'] : names.map(() => 'GET'));

      const loaded = await commandsOf(() => cache.getOrSetMany(names, () => new Map()));
      expect(loaded.map(([name]) => name)).toEqual(count === 1 ? ['MGET'] : names.map(() => 'GET'));

      const removals = await commandsOf(() => cache.deleteMany(names));
      expect(removals.map(([name]) => name)).toEqual(names.map(() => 'UNLINK'));
      expect([...entries.keys()]).toEqual(['catalog:other']);
    });

    it('are set when the server refuses one of them, which becomes a miss', async () => {
      const { cache, state } = await open();
      await cache.setMany(new Map(names.map(name => [name, 'old'])));
      state.refusedKey = 'catalog:key-7';
      await cache.setMany(new Map(names.map(name => [name, 'new'])));
      const others = names.filter(name => name !== 'key-7');
      expect(await cache.getMany(names)).toEqual(new Map(others.map(name => [name, 'new'])));
    });
  });
}
