import { connect } from 'node:net';
import { sendCommands, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { startFakeServer } from './startFakeServer';
import type { FakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';
import { toReply } from './toReply';

/** Longest time from the sentinels' event to the first write at the new master. */
const FOLLOWED_MS = 2000;
const NAME = 'greenroom';

/** Resolves to the time at which a sentinel reports another master. */
function untilSwitched(sentinel: TestServer): Promise<number> {
  return new Promise(resolve => {
    const socket = connect(sentinel.port, sentinel.host, () => socket.write('SUBSCRIBE +switch-master\r\n'));
    cleanUp(async () => socket.destroy());
    socket
      .on('error', () => {})
      .on('data', data => {
        if (String(data).includes(`${NAME} 127.0.0.1`)) resolve(performance.now());
      });
  });
}

interface Opinion {
  master: FakeServer | undefined;
  epoch: number | undefined;
  /** The sentinel answers only when this promise has resolved. */
  held?: Promise<void>;
}

/** A sentinel that answers as the test says. */
function startFakeSentinel(opinion: Opinion, password: string): Promise<FakeServer> {
  return startFakeServer({
    answer: async args => {
      await opinion.held;
      if (args[0] === 'AUTH' && args.at(-1) !== password) return '-WRONGPASS\r\n';
      if (args[0] !== 'SENTINEL') return undefined;
      const { master, epoch } = opinion;
      if (args[1] === 'MASTER') {
        return epoch === undefined ? '-ERR unknown\r\n' : toReply(['name', NAME, 'config-epoch', String(epoch)]);
      }
      return master ? toReply([master.host, String(master.port)]) : '*-1\r\n';
    },
  });
}

/** Failovers to another master while the one before is still alive. */
export function describeFailover({ serverName, store, startSentinel, openCache }: StoreUnderTest) {
  async function openFakes(epochs: readonly (number | undefined)[]) {
    const [first, second] = [await startFakeServer(), await startFakeServer()];
    const opinions = epochs.map((epoch): Opinion => ({ master: first, epoch }));
    const sentinels: FakeServer[] = [];
    for (const opinion of opinions) sentinels.push(await startFakeSentinel(opinion, 'secret'));
    const rootNodes = sentinels.map(({ host, port }) => ({ host, port, password: 'secret' }));
    const opened = openCache({ [store]: { sentinel: { name: NAME, rootNodes } } });
    await opened.cache.set('key', 'first');
    expect(first.entries.get('catalog:key')).toBe('"first"');
    await until('all sentinels are connected', () => sentinels.every(one => one.openConnections === 1), 2000);
    const isAt = async ({ entries }: FakeServer) => {
      await opened.cache.set('probe', 1);
      return entries.delete('catalog:probe');
    };
    return { ...opened, first, second, opinions, sentinels, isAt };
  }

  describe(`a planned failover of ${serverName}`, () => {
    it.each([
      ['all sentinels answer', false],
      ['the first sentinel is frozen', true],
    ])('is followed within 2 s without returning an older value when %s', async (_what, isFirstFrozen) => {
      const set = await startSentinel();
      const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
      const { cache, changes } = openCache({ [store]: { sentinel: { name: set.name, rootNodes } } });
      const oldMaster = await set.findMaster();
      const newMaster = set.servers.find(server => server !== oldMaster) as TestServer;
      const leader = set.sentinels[1] as TestServer;
      await cache.set('key-0', 0);
      if (isFirstFrozen) await set.sentinels[0]?.freeze();

      let switchedAtMs: number | undefined;
      void untilSwitched(leader).then(atMs => (switchedAtMs = atMs));
      let followedAtMs: number | undefined;
      const written = new Map<string, number>();
      const older: string[] = [];
      // A sentinel that has just started may not accept the replica yet.
      await until(
        'the failover begins',
        () =>
          sendCommands(leader, [['SENTINEL', 'FAILOVER', set.name]]).then(
            () => true,
            () => false,
          ),
        10_000,
      );
      const endMs = performance.now() + 20_000;
      for (let number = 1; performance.now() < Math.min(endMs, (followedAtMs ?? Infinity) + 1500); number++) {
        const key = `key-${number % 50}`;
        const before = written.get(key);
        const read = await cache.get<number>(key);
        if (read !== undefined && before !== undefined && read < before) older.push(`${key}: ${read} < ${before}`);
        await cache.set(key, number);
        written.set(key, number);
        if (switchedAtMs !== undefined && followedAtMs === undefined) {
          const [text] = await sendCommands(newMaster, [['GET', `catalog:${key}`]]);
          if (text === String(number)) followedAtMs = performance.now();
        }
        await new Promise(resolve => setTimeout(resolve, 5));
      }
      expect(followedAtMs).toBeDefined();
      expect((followedAtMs ?? 0) - (switchedAtMs ?? 0)).toBeLessThan(FOLLOWED_MS);
      expect(older).toEqual([]);
      expect(changes.at(-1)?.state).toBe('available');
    });
  });

  describe(`the master of ${serverName}`, () => {
    it('is taken from the sentinel with the latest epoch, even against a majority', async () => {
      const { first, second, opinions, isAt } = await openFakes([1, 1, 1]);
      Object.assign(opinions[2] as Opinion, { master: second, epoch: 2 });
      await until('the new master is used', () => isAt(second), 2000);
      expect(first.openConnections).toBe(0);
      // The sentinel with an older epoch must not win when the others fall silent.
      const silent = new Promise<void>(() => {});
      Object.assign(opinions[2] as Opinion, { held: silent });
      Object.assign(opinions[1] as Opinion, { held: silent });
      await new Promise(resolve => setTimeout(resolve, 3000));
      expect(await isAt(second)).toBe(true);
    });

    it('changes when all sentinels agree, although their epochs restart at 0', async () => {
      const { second, opinions, isAt } = await openFakes([7, 7, 7]);
      for (const opinion of opinions) Object.assign(opinion, { master: second, epoch: 0 });
      await until('the new master is used', () => isAt(second), 2000);
    });

    it.each([[[undefined]], [[undefined, undefined]], [[0]]])(
      'changes even when epochs are missing or 0: %j',
      async epochs => {
        const { second, opinions, isAt } = await openFakes(epochs);
        for (const opinion of opinions) Object.assign(opinion, { master: second });
        await until('the new master is used', () => isAt(second), 2000);
      },
    );

    it('is requested over one connection per sentinel, which closes with the store', async () => {
      const { manager, first, second, opinions, sentinels, isAt } = await openFakes([1, 1, 1]);
      for (let round = 2; round < 6; round++) {
        const server = round % 2 === 0 ? second : first;
        for (const opinion of opinions) Object.assign(opinion, { master: server, epoch: round });
        await until('the other master is used', () => isAt(server), 2000);
      }
      const open = () => [...sentinels, first, second].map(server => server.openConnections);
      expect(open()).toEqual([1, 1, 1, 1, 0]);
      await manager.close();
      await until('all are closed', () => open().every(count => count === 0), 1000);
    });

    it('stays the same while no sentinel answers', async () => {
      const { first, opinions, changes, isAt } = await openFakes([1, 1]);
      for (const opinion of opinions) opinion.held = new Promise(() => {});
      await new Promise(resolve => setTimeout(resolve, 2500));
      expect(await isAt(first)).toBe(true);
      expect(changes.map(({ state }) => state)).toEqual(['available']);
    });
  });

  describe(`a write that the next master of ${serverName} may have missed`, () => {
    it('becomes a miss at the new master, and its other entries stay', async () => {
      const { cache, first, second, opinions, isAt } = await openFakes([1]);
      second.entries.set('catalog:overwritten', '"old"').set('catalog:removed', '"old"').set('catalog:other', '"kept"');
      await cache.set('overwritten', 'new');
      await cache.delete('removed');
      Object.assign(opinions[0] as Opinion, { master: second, epoch: 2 });
      await until('the new master is used', () => isAt(second), 2000);

      expect(await Promise.all(['overwritten', 'removed', 'other'].map(key => cache.get(key)))).toEqual([
        undefined,
        undefined,
        'kept',
      ]);
      await cache.set('overwritten', 'newer');
      expect(second.entries.get('catalog:overwritten')).toBe('"newer"');
      expect(first.entries.get('catalog:overwritten')).toBe('"new"');
    });
  });
}
