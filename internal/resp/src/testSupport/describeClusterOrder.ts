import { until } from '@greenroom/test-servers';
import { toClusterSlot } from '../clusterSlot';
import { startFakeServer } from './startFakeServer';
import type { FakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';
import { toBulk, toReply } from './toReply';
import type { ReplyValue } from './toReply';

const SLOT = toClusterSlot('catalog:key');
const LAST_SLOT = 16_383;
/** Of the same slot as `key`. */
const NEIGHBOR = findKey(SLOT);
const AT_SECOND = findKey(LAST_SLOT);
const AT_THIRD = findKey(LAST_SLOT - 1);

function findKey(slot: number): string {
  for (let index = 0; ; index++) if (toClusterSlot(`catalog:other-${index}`) === slot) return `other-${index}`;
}

/** What is waited for until it is opened. */
function createGate() {
  let open = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { open, opened };
}

interface Received {
  readonly node: 'first' | 'second' | 'third';
  readonly words: readonly string[];
}

/** A cluster of three nodes, the first of which has all slots but the last two, until the test has one move to the second. */
async function startThreeNodes() {
  const entries = new Map<string, string>();
  const received: Received[] = [];
  const nodes: FakeServer[] = [];
  const state = {
    /** How the first node sends on what is about the slot that moves; the second one has it then. */
    redirection: undefined as 'MOVED' | 'ASK' | undefined,
    /** What the first node waits for before it answers a write. */
    writesHeld: undefined as Promise<void> | undefined,
    /** What the third node waits for before it answers where the slots are; the others do not know then. */
    slotsHeld: undefined as Promise<void> | undefined,
    /** An error, for a value, in place of OK. */
    refuse: (_value: string | undefined): string | undefined => undefined,
    /** The second node says that something is wrong. */
    isDown: false,
  };

  const range = (from: number, to: number, index: number): ReplyValue => [
    from,
    to,
    [nodes[index]?.host ?? '', nodes[index]?.port ?? 0, 'id'],
  ];
  const toSlots = () => {
    const isMoved = state.redirection === 'MOVED';
    const others = [range(LAST_SLOT - 1, LAST_SLOT - 1, 2), range(LAST_SLOT, LAST_SLOT, 1)];
    return toReply([
      range(0, SLOT - 1, 0),
      range(SLOT, SLOT, isMoved ? 1 : 0),
      range(SLOT + 1, LAST_SLOT - 2, 0),
      ...others,
    ]);
  };
  const carryOut = ([name, key = '', value = '']: readonly string[]) => {
    if (name === 'GET') return toBulk(entries.get(key));
    if (name === 'UNLINK') return `:${Number(entries.delete(key))}\r\n`;
    const refusal = state.refuse(value);
    if (refusal === undefined) entries.set(key, value);
    return refusal ?? '+OK\r\n';
  };
  const startNode = (node: Received['node'], answer: (words: readonly string[]) => string | Promise<string>) =>
    startFakeServer({
      answer: async words => {
        if (words[0] === 'CLUSTER') {
          const slots = toSlots();
          received.push({ node, words });
          if (state.slotsHeld && node !== 'third') return '-ERR not now\r\n';
          await state.slotsHeld;
          return slots;
        }
        if (!['GET', 'SET', 'UNLINK'].includes(words[0] ?? '')) return undefined;
        received.push({ node, words });
        return answer(words);
      },
    });

  nodes.push(
    await startNode('first', async words => {
      if (words[0] !== 'GET') await state.writesHeld;
      if (!state.redirection || toClusterSlot(words[1] ?? '') !== SLOT) return carryOut(words);
      return `-${state.redirection} ${SLOT} ${nodes[1]?.host}:${nodes[1]?.port}\r\n`;
    }),
    await startNode('second', words => (state.isDown ? '-CLUSTERDOWN\r\n' : carryOut(words))),
    await startNode('third', carryOut),
  );
  const count = (node: Received['node'], ...words: readonly string[]) =>
    received.filter(command => command.node === node && words.every((word, index) => command.words[index] === word))
      .length;
  return { nodes, entries, state, count };
}

/** In which order writes take effect while a cluster changes. */
export function describeClusterOrder({ store, openCache }: StoreUnderTest) {
  async function open() {
    const cluster = await startThreeNodes();
    const rootNodes = [{ host: cluster.nodes[0]?.host, port: cluster.nodes[0]?.port }];
    const opened = openCache({ [store]: { cluster: { rootNodes }, client: { commandTimeout: 4000 } } });
    await opened.cache.set('key', 'before');
    await until('all nodes are connected', () => opened.manager.connections() === 3, 3000);

    /** Has the store ask all nodes where the slots are. */
    async function askForSlots() {
      const asked = cluster.count('third', 'CLUSTER');
      cluster.state.isDown = true;
      await opened.cache.get(AT_SECOND);
      cluster.state.isDown = false;
      await until('they are asked', () => cluster.count('third', 'CLUSTER') > asked, 3000);
    }

    /** The store knows where the slots are now, whatever the first node holds up. */
    async function learnSlots() {
      await askForSlots();
      // Behind the answer to the question.
      await opened.cache.get(AT_THIRD);
      await new Promise(setImmediate);
    }

    /** A write that has reached the first node, and is not answered before `release`. */
    async function hold(command: 'SET' | 'UNLINK', write: () => Promise<void>) {
      const { open: release, opened: held } = createGate();
      const before = cluster.count('first', command);
      cluster.state.writesHeld = held;
      const pending = write();
      await until('it is there', () => cluster.count('first', command) > before, 3000);
      return { release, pending };
    }

    return {
      ...opened,
      ...cluster,
      get: (key: string) => cluster.entries.get(`catalog:${key}`),
      askForSlots,
      learnSlots,
      hold,
    };
  }

  describe('writes of one key in a cluster whose slot moves', () => {
    const set = ['SET', 'catalog:key', '"old"'];
    const remove = ['UNLINK', 'catalog:key'];

    it.each([
      [set, set, 'MOVED'],
      [set, remove, 'MOVED'],
      [remove, set, 'MOVED'],
      [set, set, 'ASK'],
      [remove, set, 'ASK'],
    ] as const)('are sent on in their order: %s, %s, %s', async ([earlier], [later], kind) => {
      const { cache, state, get, count, hold } = await open();
      const { release, pending } = await hold(earlier as 'SET', () =>
        earlier === 'SET' ? cache.set('key', 'old') : cache.delete('key'),
      );
      const newer = later === 'SET' ? cache.set('key', 'new') : cache.delete('key');
      state.redirection = kind;
      release();
      await Promise.all([pending, newer]);

      expect(get('key')).toBe(later === 'SET' ? '"new"' : undefined);
      expect(await cache.get('key')).toBe(later === 'SET' ? 'new' : undefined);
      // What has been overtaken is not sent on.
      expect(count('second', ...(earlier === 'SET' ? set : remove))).toBe(0);
    });

    it.each([
      ['set', set],
      ['delete', remove],
    ] as const)(
      'are not overwritten by an older %s that is sent on late, and which counts as done',
      async (name, words) => {
        const { cache, state, get, count, hold, learnSlots, operations } = await open();
        const { release, pending } = await hold(words[0] as 'SET', () =>
          name === 'set' ? cache.set('key', 'old') : cache.delete('key'),
        );
        state.redirection = 'MOVED';
        await learnSlots();
        await cache.set('key', 'new');
        // Without an answer of its own.
        await pending;
        expect(await cache.get('key')).toBe('new');

        release();
        await cache.get(NEIGHBOR);
        await cache.get('nothing');
        expect(count('second', ...words)).toBe(0);
        expect(get('key')).toBe('"new"');
        expect(await cache.get('key')).toBe('new');
        expect(operations.filter(({ operation, result }) => operation !== 'get' && result === 'error')).toEqual([]);
      },
    );

    it('are all sent on when they are of different keys', async () => {
      const { cache, state, get, hold } = await open();
      const { release, pending } = await hold('SET', () => cache.set('key', 'one'));
      const other = cache.set(NEIGHBOR, 'two');
      state.redirection = 'MOVED';
      release();
      await Promise.all([pending, other]);
      expect([get('key'), get(NEIGHBOR)]).toEqual(['"one"', '"two"']);
    });

    it('leave neither value when the later one fails', async () => {
      const { cache, state, get, count, hold } = await open();
      state.refuse = value => (value === '"new"' ? '-ERR refused\r\n' : undefined);
      const { release, pending } = await hold('SET', () => cache.set('key', 'old'));
      const newer = cache.set('key', 'new');
      state.redirection = 'MOVED';
      release();
      await Promise.all([pending, newer]);

      expect(count('second', ...set)).toBe(0);
      expect(await cache.get('key')).toBeUndefined();
      await until('the value from before is removed', () => get('key') === undefined, 3000);
    });

    it('are not taken away by the removal after a failed one that is sent on late', async () => {
      const { cache, state, count, hold, learnSlots } = await open();
      state.refuse = value => (value === '"lost"' ? '-ERR refused\r\n' : undefined);
      const { release } = await hold('UNLINK', () => cache.set('key', 'lost').then(() => {}));
      state.redirection = 'MOVED';
      await learnSlots();
      await cache.set('key', 'new');
      release();
      await cache.get('nothing');
      await cache.get(NEIGHBOR);

      expect(count('second', ...remove)).toBe(0);
      expect(await cache.get('key')).toBe('new');
    });
  });

  describe('where the slots of a cluster are', () => {
    it('is what a server has said last, not what another one said before and comes later', async () => {
      const { cache, state, count, askForSlots } = await open();
      const { open: release, opened: held } = createGate();
      state.slotsHeld = held;
      await askForSlots();
      state.redirection = 'MOVED';
      await cache.get('key');
      state.slotsHeld = undefined;
      release();
      // Behind the answer to the question.
      await cache.get(AT_THIRD);
      await new Promise(setImmediate);

      const before = count('first', 'GET', 'catalog:key');
      expect(await cache.get('key')).toBe('before');
      expect(count('first', 'GET', 'catalog:key')).toBe(before);
    });
  });
}
