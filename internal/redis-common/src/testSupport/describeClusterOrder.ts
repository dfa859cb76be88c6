import { until } from '@greenroom/test-servers';
import { toClusterSlot } from '../cluster/clusterSlot';
import { startFakeServer } from './startFakeServer';
import type { FakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';
import { toBulk, toReply } from './toReply';
import type { ReplyValue } from './toReply';

const SLOT = toClusterSlot('catalog:key');
const LAST_SLOT = 16_383;
/** A key in the same slot as `key`. */
const NEIGHBOR = findKey(SLOT);
const AT_SECOND = findKey(LAST_SLOT);
const AT_THIRD = findKey(LAST_SLOT - 1);

function findKey(slot: number): string {
  for (let index = 0; ; index++) if (toClusterSlot(`catalog:other-${index}`) === slot) return `other-${index}`;
}

/** A promise that the test resolves. */
function createGate() {
  let open = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { open, opened };
}

interface Received {
  readonly node: 'first' | 'second' | 'third';
  readonly args: readonly string[];
}

/** A cluster of three nodes. The first one has all slots but the last two, until a test moves one to the second node. */
async function startThreeNodes() {
  const entries = new Map<string, string>();
  const received: Received[] = [];
  const nodes: FakeServer[] = [];
  const state = {
    /** If set, the second node has the moving slot, and the first one redirects its commands in this way. */
    redirection: undefined as 'MOVED' | 'ASK' | undefined,
    /** The first node answers writes only when this promise has resolved. */
    writesHeld: undefined as Promise<void> | undefined,
    /** The third node answers CLUSTER SLOTS only when this promise has resolved; the others refuse it meanwhile. */
    slotsHeld: undefined as Promise<void> | undefined,
    /** The error reply to a set of this value; `undefined` if the set succeeds. */
    refuse: (_value: string | undefined): string | undefined => undefined,
    /** Whether the second node answers CLUSTERDOWN. */
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
  const carryOut = ([name, key = '', value = '', option]: readonly string[]) => {
    if (option === 'NX' && entries.has(key)) return toBulk(undefined);
    if (name === 'GET') return toBulk(entries.get(key));
    if (name === 'UNLINK') return `:${Number(entries.delete(key))}\r\n`;
    const refusal = state.refuse(value);
    if (refusal === undefined) entries.set(key, value);
    return refusal ?? '+OK\r\n';
  };
  const startNode = (node: Received['node'], answer: (args: readonly string[]) => string | Promise<string>) =>
    startFakeServer({
      answer: async args => {
        if (args[0] === 'CLUSTER') {
          const slots = toSlots();
          received.push({ node, args });
          if (state.slotsHeld && node !== 'third') return '-ERR not now\r\n';
          await state.slotsHeld;
          return slots;
        }
        if (!['GET', 'SET', 'UNLINK'].includes(args[0] ?? '')) return undefined;
        received.push({ node, args });
        return answer(args);
      },
    });

  nodes.push(
    await startNode('first', async args => {
      if (args[0] !== 'GET') await state.writesHeld;
      if (!state.redirection || toClusterSlot(args[1] ?? '') !== SLOT) return carryOut(args);
      return `-${state.redirection} ${SLOT} ${nodes[1]?.host}:${nodes[1]?.port}\r\n`;
    }),
    await startNode('second', args => (state.isDown ? '-CLUSTERDOWN\r\n' : carryOut(args))),
    await startNode('third', carryOut),
  );
  const count = (node: Received['node'], ...args: readonly string[]) =>
    received.filter(command => command.node === node && args.every((word, index) => command.args[index] === word))
      .length;
  return { nodes, entries, state, count };
}

/** The order in which writes take effect while a cluster changes. */
export function describeClusterOrder({ store, openCache, openDriver }: StoreUnderTest) {
  async function open() {
    const cluster = await startThreeNodes();
    const rootNodes = [{ host: cluster.nodes[0]?.host, port: cluster.nodes[0]?.port }];
    const opened = openCache({ [store]: { cluster: { rootNodes }, client: { commandTimeout: 4000 } } });
    await opened.cache.set('key', 'before');
    await until('all nodes are connected', () => opened.manager.connections() === 3, 3000);

    /** Makes the store ask all nodes for the slots. */
    async function askForSlots() {
      const asked = cluster.count('third', 'CLUSTER');
      cluster.state.isDown = true;
      await opened.cache.get(AT_SECOND);
      cluster.state.isDown = false;
      await until('they are asked', () => cluster.count('third', 'CLUSTER') > asked, 3000);
    }

    /** Waits until the store knows the slots, even while the first node holds its answers back. */
    async function learnSlots() {
      await askForSlots();
      // The third node answers this get only after it has answered CLUSTER SLOTS.
      await opened.cache.get(AT_THIRD);
      await new Promise(setImmediate);
    }

    /** Starts a write that the first node receives but does not answer before `release`. */
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

  describe('writes to a slot that moves', () => {
    const set = ['SET', 'catalog:key', '"old"'];
    const remove = ['UNLINK', 'catalog:key'];

    it.each([
      ['SET', 'SET', 'MOVED'],
      ['SET', 'UNLINK', 'MOVED'],
      ['UNLINK', 'SET', 'MOVED'],
      ['SET', 'SET', 'ASK'],
      ['UNLINK', 'SET', 'ASK'],
    ] as const)(
      'take effect in order for one key, and only the last is redirected: %s, %s, %s',
      async (earlier, later, kind) => {
        const { cache, state, get, count, hold } = await open();
        const { release, pending } = await hold(earlier, () =>
          earlier === 'SET' ? cache.set('key', 'old') : cache.delete('key'),
        );
        const newer = later === 'SET' ? cache.set('key', 'new') : cache.delete('key');
        state.redirection = kind;
        release();
        await Promise.all([pending, newer]);

        expect(get('key')).toBe(later === 'SET' ? '"new"' : undefined);
        expect(await cache.get('key')).toBe(later === 'SET' ? 'new' : undefined);
        // The overtaken write is not redirected.
        expect(count('second', ...(earlier === 'SET' ? set : remove))).toBe(0);
      },
    );

    it.each([
      ['set', set],
      ['delete', remove],
    ] as const)(
      'are not overwritten by an older %s whose redirect comes late, and which still resolves',
      async (name, args) => {
        const { cache, state, get, count, hold, learnSlots, operations } = await open();
        const { release, pending } = await hold(args[0] as 'SET', () =>
          name === 'set' ? cache.set('key', 'old') : cache.delete('key'),
        );
        state.redirection = 'MOVED';
        await learnSlots();
        await cache.set('key', 'new');
        // The older write settles without an answer of its own.
        await pending;
        expect(await cache.get('key')).toBe('new');

        release();
        await cache.get(NEIGHBOR);
        await cache.get('nothing');
        expect(count('second', ...args)).toBe(0);
        expect(get('key')).toBe('"new"');
        expect(await cache.get('key')).toBe('new');
        expect(operations.filter(({ operation, result }) => operation !== 'get' && result === 'error')).toEqual([]);
      },
    );

    it('are all redirected when they have different keys', async () => {
      const { cache, state, get, hold } = await open();
      const { release, pending } = await hold('SET', () => cache.set('key', 'one'));
      const other = cache.set(NEIGHBOR, 'two');
      state.redirection = 'MOVED';
      release();
      await Promise.all([pending, other]);
      expect([get('key'), get(NEIGHBOR)]).toEqual(['"one"', '"two"']);
    });

    it('are redirected even when a later add of the same key changes nothing', async () => {
      const { nodes, state, get, count } = await open();
      const rootNodes = [{ host: nodes[0]?.host, port: nodes[0]?.port }];
      const { driver } = openDriver({ [store]: { cluster: { rootNodes }, client: { commandTimeout: 4000 } } });
      await driver.get('catalog:key');
      const { open: release, opened: held } = createGate();
      state.writesHeld = held;
      const before = count('first', 'SET');
      const set = driver.set('catalog:key', 'new');
      const add = driver.add?.('catalog:key', 'added', 60_000);
      await until('the first is there', () => count('first', 'SET') > before, 3000);
      state.redirection = 'MOVED';
      release();
      expect(await Promise.all([set, add])).toEqual([undefined, false]);
      expect(get('key')).toBe('new');
    });

    it('leave no value when the later of two fails', async () => {
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

    it('are not removed by the late cleanup of an earlier failed write', async () => {
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

  describe('the slots of a cluster', () => {
    it('keep a redirect by MOVED when an older answer to CLUSTER SLOTS arrives after it', async () => {
      const { cache, state, count, askForSlots } = await open();
      const { open: release, opened: held } = createGate();
      state.slotsHeld = held;
      await askForSlots();
      state.redirection = 'MOVED';
      await cache.get('key');
      state.slotsHeld = undefined;
      release();
      // The third node answers this get only after it has answered CLUSTER SLOTS.
      await cache.get(AT_THIRD);
      await new Promise(setImmediate);

      const before = count('first', 'GET', 'catalog:key');
      expect(await cache.get('key')).toBe('before');
      expect(count('first', 'GET', 'catalog:key')).toBe(before);
    });
  });
}
