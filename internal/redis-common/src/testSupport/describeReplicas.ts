import { until } from '@greenroom/test-servers';
import { startFakeServer } from './startFakeServer';
import type { FakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';
import { toReply } from './toReply';

const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);

/** A cluster of one master and one replica; the replica answers reads as the test says. */
async function startShard() {
  const entries = new Map<string, string>();
  const state = {
    answer: undefined as (() => string | Promise<string>) | undefined,
  };
  const reads = { master: 0, replica: 0 };
  const nodes: FakeServer[] = [];
  const toSlots = () => {
    const [master, replica] = nodes.map(({ host, port }) => [host, port, 'id']);
    return toReply([[0, 16_383, master ?? '', ...(replica ? [replica] : [])]]);
  };
  const start = (role: keyof typeof reads, answerRead: () => string | Promise<string> | undefined) =>
    startFakeServer({
      entries,
      answer: ([name]) => {
        if (name === 'CLUSTER') return toSlots();
        if (name !== 'GET') return undefined;
        reads[role]++;
        return answerRead();
      },
    });
  nodes.push(await start('master', () => undefined), await start('replica', () => state.answer?.()));
  return { nodes, state, reads };
}

/** Reads from replicas that cannot always answer. */
export function describeReplicas({ store, openCache }: StoreUnderTest) {
  async function open(cluster: object = {}, client: object = {}) {
    const shard = await startShard();
    const [master] = shard.nodes as [FakeServer];
    const rootNodes = [{ host: master.host, port: master.port }];
    const opened = openCache({ [store]: { client, cluster: { rootNodes, useReplicas: true, ...cluster } } });
    await Promise.all(keys.map(key => opened.cache.set(key, key)));
    const readAll = () => Promise.all(keys.map(key => opened.cache.get(key)));
    const untilReplicaIsRead = async () => {
      const before = shard.reads.replica;
      await until('the replica is read from', async () => (await readAll(), shard.reads.replica > before), 5000);
    };
    await untilReplicaIsRead();
    return { ...opened, ...shard, readAll, untilReplicaIsRead };
  }

  describe('a replica that serves reads', () => {
    it.each([
      [
        'replies MASTERDOWN',
        () => "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
      ],
      ['replies LOADING', () => '-LOADING Redis is loading the dataset in memory\r\n'],
      ['replies CLUSTERDOWN', () => '-CLUSTERDOWN Hash slot not served\r\n'],
      ['replies NOPERM', () => '-NOPERM this user has no permissions to run the GET command\r\n'],
    ])('makes no read fail when it %s, and is avoided for a while', async (_what, answer) => {
      // The timeout is long, because this test is not about deadlines, which a busy machine may miss.
      const { state, reads, readAll, untilReplicaIsRead, operations } = await open({}, { commandTimeout: '5s' });
      state.answer = answer;
      await until('it is asked', async () => (expect(await readAll()).toEqual(keys), reads.replica > 0), 2000);
      const before = reads.replica;
      await until(
        'it is asked once more',
        async () => (expect(await readAll()).toEqual(keys), reads.replica > before),
        5000,
      );

      const asked = reads.replica;
      for (let round = 0; round < 5; round++) expect(await readAll()).toEqual(keys);
      expect(reads.replica).toBe(asked);
      expect(operations.filter(({ result }) => result === 'error' || result === 'miss')).toEqual([]);

      state.answer = undefined;
      await untilReplicaIsRead();
    });

    it('makes no read fail when it does not answer', async () => {
      const { state, reads, readAll, operations } = await open();
      const before = reads.replica;
      state.answer = () => new Promise(() => {});
      await until('it is asked', async () => (expect(await readAll()).toEqual(keys), reads.replica > before), 2000);
      for (let round = 0; round < 20; round++) expect(await readAll()).toEqual(keys);
      expect(operations.filter(({ result }) => result === 'error' || result === 'miss')).toEqual([]);
    });

    it('is not waited for while it connects, and the master answers reads', async () => {
      const { reads } = await open({ minimizeConnections: true });
      expect(reads.master).toBeGreaterThan(0);
    });
  });
}
