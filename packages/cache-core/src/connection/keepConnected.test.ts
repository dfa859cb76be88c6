import { CacheError } from '../contract/cacheError';
import type { ConnectionOptions, ConnectionSource } from './connectionSource';
import { keepConnected } from './keepConnected';
import { createFakeSource } from './testSupport/fakeSource';
import type { FakeConnection, FakeSource } from './testSupport/fakeSource';

type Source = ConnectionSource<FakeConnection>;

/** Keeps a fake server connected, and notes what `host` is told and the state at that time. */
function keep(source: FakeSource, options: ConnectionOptions = {}) {
  const told: string[] = [];
  const host = {
    connected: () => void told.push(`connected, ${kept.state}`),
    disconnected: ({ code }: CacheError) => void told.push(`${code}, ${kept.state}`),
  };
  const kept = keepConnected(source, options, host);
  return { kept, told };
}

const UP = 'connected, connected';
const AWAY = 'CACHE_UNAVAILABLE, disconnected';

const passes = (ms = 0) => jest.advanceTimersByTimeAsync(ms);
/** Time that `setImmediate` takes on the fake clock. */
const TURN_MS = 1;
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    result => result,
    (error: CacheError) => error.code,
  );

/** Starts an operation that the test ends. */
function begin(kept: ReturnType<typeof keep>['kept']) {
  let settle = { resolve: (_text: string) => {}, reject: (_error: unknown) => {} };
  const outcome = codeOf(kept.use(() => new Promise<string>((resolve, reject) => void (settle = { resolve, reject }))));
  return { outcome, resolve: (text: string) => settle.resolve(text), reject: (error: unknown) => settle.reject(error) };
}

/** Like `keep`, but returns when it is connected. */
async function connect(source = createFakeSource(), options?: ConnectionOptions) {
  const { kept, told } = keep(source, options);
  await passes();
  expect([kept.state, ...told]).toEqual(['connected', UP]);
  return { source, kept, told };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('before the first connection', () => {
  it('nothing is asked and nobody is told before keepConnected has returned', async () => {
    const source = createFakeSource();
    const { kept, told } = keep(source);
    expect([source.attempts.length, told.length, kept.state, kept.connections()]).toEqual([0, 0, 'starting', 0]);
    await passes();
    expect([source.attempts.length, told.length, kept.state, kept.connections()]).toEqual([1, 1, 'connected', 1]);
    await kept.close();
  });

  it('operations wait, and are sent in order: after prepare, before connected, before later ones', async () => {
    const sent: string[] = [];
    const source = createFakeSource({ prepare: () => void sent.push('prepare') });
    source.opens = 'hangs';
    const kept = keepConnected<FakeConnection>(
      source,
      {},
      { connected: () => (void sent.push('connected'), void send('later')), disconnected: () => {} },
    );
    const send = (name: string, then = () => {}) =>
      kept.use(async () => {
        sent.push(name);
        then();
      });
    const all = [send('first', () => void all.push(send('inside the first'))), send('second'), send('third')];
    await passes(100);
    expect(sent).toEqual([]);

    source.attempts[0]?.give();
    await passes();
    expect(sent).toEqual(['prepare', 'first', 'second', 'third', 'inside the first', 'connected', 'later']);
    await Promise.all(all);
    await kept.close();
  });

  it.each([
    ['CACHE_AUTH', 'CACHE_AUTH'],
    ['CACHE_UNAVAILABLE', 'CACHE_UNAVAILABLE'],
    // Other codes say something about the connection, and nothing about an operation.
    ['CACHE_TIMEOUT', 'CACHE_UNAVAILABLE'],
    ['CACHE_REFUSED', 'CACHE_UNAVAILABLE'],
  ] as const)('a first failure of %s refuses what waits, and what comes, with %s', async (code, refusal) => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept, told } = keep(source);
    const reason = new CacheError(code, 'the reason');
    const operation = jest.fn();
    const waiting = kept.use(operation);
    await passes();
    source.attempts[0]?.refuse(reason);

    const error = await waiting.catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code: refusal, message: 'the reason' });
    expect(error).not.toBe(reason);
    expect((error as CacheError).cause).toBe(reason);
    await expect(kept.use(operation)).rejects.toBe(error);
    expect(operation).not.toHaveBeenCalled();
    expect(told).toEqual([`${code}, disconnected`]);
    await kept.close();
  });

  it('nobody waits without waitsForFirst', async () => {
    const source = createFakeSource();
    const { kept } = keep(source, { waitsForFirst: false });
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_UNAVAILABLE');
    expect(kept.state).toBe('starting');
    await passes();
    expect(await codeOf(kept.use(async ({ id }) => id))).toBe(0);
    await kept.close();
  });

  it('an operation that has waited too long is not sent', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept } = keep(source, { commandTimeoutMs: 100 });
    const late = jest.fn();
    const outcomes = [codeOf(kept.use(late)), codeOf(kept.use(async () => 'sent', performance.now() + 1))];
    await passes(100);
    source.attempts[0]?.give();
    expect(await Promise.all(outcomes)).toEqual(['CACHE_TIMEOUT', 'sent']);
    expect(late).not.toHaveBeenCalled();
    await kept.close();
  });

  it('at most 20,000 operations wait', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept } = keep(source);
    const waiting = Array.from({ length: 20_000 }, () => codeOf(kept.use(async () => 'sent')));
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_OVERLOADED');
    await passes();
    source.attempts[0]?.give();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['sent']));
    await kept.close();
  });
});

describe('an attempt', () => {
  const after = async (source: FakeSource, ms: number) => {
    await passes(ms);
    return source.attempts.length;
  };

  it.each([
    ['shortest', 0, [25, 50, 100, 200, 250, 250, 250]],
    ['longest', 1, [50, 100, 200, 400, 500, 500, 500]],
  ])('that fails is followed by another, after the %s time of the back-off', async (_name, random, delaysMs) => {
    jest.spyOn(Math, 'random').mockReturnValue(random);
    const source = createFakeSource();
    source.opens = 'refuses';
    const { kept, told } = keep(source);
    expect(await after(source, 0)).toBe(1);
    for (const [index, delayMs] of delaysMs.entries()) {
      expect(await after(source, delayMs - 1)).toBe(index + 1);
      expect(await after(source, 1)).toBe(index + 2);
    }
    expect(told).toEqual(source.attempts.map(() => AWAY));
    source.opens = 'gives';
    await passes(500);
    expect(told.at(-1)).toBe(UP);
    await kept.close();
  });

  it('that is silent for 500 ms gets another beside it; the first to be ready is used, the other given up', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept, told } = keep(source);
    expect(await after(source, 499)).toBe(1);
    expect(await after(source, 1 + TURN_MS)).toBe(2);
    const [first, second] = source.attempts;
    second?.give();
    await passes();
    expect([kept.state, first?.signal.aborted, second?.signal.aborted]).toEqual(['connected', true, false]);
    // The first attempt did not stop, so its connection is closed now.
    first?.give();
    await passes();
    expect(source.openIds()).toEqual([0]);
    expect(told).toEqual([UP]);
    await kept.close();
  });

  it('is one of eight at most, and the oldest keeps its time', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept } = keep(source, { connectTimeoutMs: 60_000 });
    await passes(59_999);
    expect(source.attempts.length).toBe(120);
    expect(source.underWay()).toBe(8);
    expect(source.attempts[0]?.signal.aborted).toBe(false);
    await passes(1 + TURN_MS);
    expect(source.attempts[0]?.signal.aborted).toBe(true);
    await kept.close();
    expect(source.underWay()).toBe(0);
  });

  it.each([1, 100, 333, 2000, 60_000])('has %d ms, to be made and to answer the first ping', async connectTimeoutMs => {
    for (const phase of ['opens', 'pings'] as const) {
      const source = createFakeSource();
      source[phase] = 'hangs';
      const { kept, told } = keep(source, { connectTimeoutMs });
      const isGivenUp = () =>
        phase === 'opens' ? source.attempts[0]?.signal.aborted : source.connections[0]?.closes === 1;
      await passes(connectTimeoutMs - 1);
      expect([phase, isGivenUp()]).toEqual([phase, false]);
      await passes(1 + TURN_MS);
      expect([phase, isGivenUp(), told[0]]).toEqual([phase, true, 'CACHE_TIMEOUT, disconnected']);
      await kept.close();
      expect(jest.getTimerCount()).toBe(0);
    }
  });

  it('that is answered at the last moment is used: what has arrived is read first', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept, told } = keep(source, { connectTimeoutMs: 2000 });
    await passes(2000);
    source.attempts[0]?.give();
    await passes(TURN_MS);
    expect([told, source.openIds()]).toEqual([[UP], [0]]);
    await kept.close();
  });

  it('that fails while another is under way brings the next no nearer', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept } = keep(source);
    await passes(600);
    source.attempts[1]?.refuse(new Error('refused'));
    expect(await after(source, 400)).toBe(2);
    expect(await after(source, 2 * TURN_MS)).toBe(3);
    await kept.close();
  });

  it('that ends before the first ping is answered is not prepared', async () => {
    const prepare = jest.fn();
    const source = createFakeSource({ prepare });
    source.pings = 'hangs';
    const { kept } = keep(source);
    await passes();
    source.connections[0]?.lost(new Error('gone'));
    source.connections[0]?.answer();
    await passes();
    await kept.close();
    expect(prepare).not.toHaveBeenCalled();
  });

  it('in whose prepare it is all over is not used', async () => {
    const source = createFakeSource({ prepare: () => void kept.close() });
    const { kept, told } = keep(source);
    await passes(10_000);
    expect([kept.state, told, source.connections[0]?.closes, jest.getTimerCount()]).toEqual(['closed', [], 1, 0]);
  });

  it.each([2 ** 31, Number.MAX_VALUE, Infinity])(
    'may have longer than a timer of Node: %d ms',
    async connectTimeoutMs => {
      const source = createFakeSource();
      source.opens = 'hangs';
      const { kept, told } = keep(source, { connectTimeoutMs });
      await passes(10_000);
      expect([told, source.attempts[0]?.signal.aborted]).toEqual([[], false]);
      await kept.close();
      expect(jest.getTimerCount()).toBe(0);
    },
  );

  const gone = () => Promise.reject(new Error('gone'));
  it.each<[string, (source: FakeSource) => Partial<Source>, closed: number]>([
    ['open throws', () => ({ open: thrower }), 0],
    ['open rejects', () => ({ open: gone }), 0],
    [
      'open rejects with a CacheError',
      () => ({ open: () => Promise.reject(new CacheError('CACHE_UNAVAILABLE', '')) }),
      0,
    ],
    ['it is lost before it is given', () => ({ open: (_signal, lost) => (lost(new Error('gone')), never()) }), 0],
    ['it is lost and rejects', () => ({ open: (_signal, lost) => (lost(new Error('gone')), gone()) }), 0],
    [
      'it is lost and given all the same',
      ({ open }) => ({ open: (signal, lost) => (lost(new Error('gone')), open(signal, lost)) }),
      1,
    ],
    [
      'it is lost during the first ping',
      () => ({ ping: connection => (connection.lost(new Error('gone')), Promise.resolve()) }),
      1,
    ],
    ['the first ping throws', () => ({ ping: thrower }), 1],
    ['the first ping rejects', () => ({ ping: gone }), 1],
    ['prepare throws', () => ({ prepare: thrower }), 1],
    ['open throws, and toCacheError too', () => ({ open: thrower, toCacheError: thrower }), 0],
    [
      'open rejects, and toCacheError gives no CacheError',
      () => ({ open: gone, toCacheError: () => new Error() as CacheError }),
      0,
    ],
    ['the first ping rejects, and close throws', ({ close }) => ({ ping: gone, close: c => (close(c), thrower()) }), 1],
  ])('fails when %s', async (_name, toBroken, closed) => {
    const whole = createFakeSource();
    const source = createFakeSource(toBroken(whole));
    const open = jest.spyOn(source, 'open');
    const { kept, told } = keep(source);
    const waiting = codeOf(kept.use(jest.fn()));
    await passes();
    expect([await waiting, ...told]).toEqual(['CACHE_UNAVAILABLE', AWAY]);
    expect(open).toHaveBeenCalledTimes(1);
    const [signal] = open.mock.calls[0] ?? [];
    expect(
      closed === 0 ? signal?.aborted : [...whole.connections, ...source.connections].map(({ closes }) => closes),
    ).toEqual(closed === 0 ? true : [1]);
    await passes(50);
    expect(open).toHaveBeenCalledTimes(2);
    await passes(10_000);
    // The back-off grows, whatever the failure.
    expect(open.mock.calls.length).toBeLessThan(50);
    expect(open.mock.calls.length).toBeGreaterThan(20);
    await kept.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('whose connection is any value is used and closed', async () => {
    const close = jest.fn();
    const source = {
      serverName: 'Fake',
      open: async () => undefined,
      ping: async () => {},
      close,
      toCacheError: toAway,
    };
    const kept = keepConnected<undefined>(source, {}, { connected: () => {}, disconnected: () => {} });
    await passes();
    expect(await kept.use(async connection => [connection])).toEqual([undefined]);
    await kept.close();
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe('operations', () => {
  const thenable = (then: (resolve: (value: string) => void, reject: (error: unknown) => void) => void) =>
    ({ then }) as unknown as Promise<string>;

  it.each<[string, () => Promise<string>, unknown]>([
    ['resolves', async () => 'text', 'text'],
    ['gives no promise', () => 'text' as unknown as Promise<string>, 'text'],
    ['gives a foreign thenable', () => thenable(resolve => resolve('text')), 'text'],
    ['gives a thenable that calls back twice', () => thenable(resolve => (resolve('text'), resolve('more'))), 'text'],
    ['gives a promise with a then of its own', () => Object.assign(Promise.resolve('text'), { then: thrower }), 'text'],
    ['throws', thrower, 'mapped: Error: thrown'],
    ['rejects', () => Promise.reject(new Error('no')), 'mapped: Error: no'],
    ['rejects with undefined', () => thenable((_resolve, reject) => reject(undefined)), 'mapped: undefined'],
    ['rejects with a CacheError', () => Promise.reject(new CacheError('CACHE_REFUSED', 'as it is')), 'as it is'],
    ['gives a thenable that throws', () => thenable(thrower), 'mapped: Error: thrown'],
    ['gives a thenable that rejects', () => thenable((_resolve, reject) => reject('no')), 'mapped: no'],
  ])('one that %s settles once, and is not counted any longer', async (_name, operation, expected) => {
    const { kept } = await connect();
    const outcome = await kept.use(operation).catch((error: CacheError) => error.message);
    expect(outcome).toBe(expected);
    // With an operation in flight, this would take 1 s.
    await kept.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each<[string, Source['toCacheError']]>([
    ['throws', thrower],
    ['gives no CacheError', () => undefined as unknown as CacheError],
  ])('reject with a CacheError when toCacheError %s', async (_name, toCacheError) => {
    const { kept } = await connect(createFakeSource({ toCacheError }));
    await expect(kept.use(thrower)).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: 'Fake at localhost:1 failed, and toCacheError gives no CacheError for it',
      cause: { message: 'thrown' },
    });
    await kept.close();
  });

  it('are 20,000 at the same time at most, and those of a lost connection do not count', async () => {
    const { source, kept } = await connect();
    for (let count = 0; count < 20_000; count++) void kept.use(never);
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_OVERLOADED');
    source.connections[0]?.lost(new Error('gone'));
    await passes(50);
    expect(await codeOf(kept.use(async ({ id }) => id))).toBe(1);
    await kept.close();
  });

  it('can run inside others', async () => {
    const { kept } = await connect();
    expect(await kept.use(outer => kept.use(async inner => [outer.id, inner.id]))).toEqual([0, 0]);
    await kept.close();
  });
});

describe('a connection', () => {
  it.each<[string, (source: FakeSource) => void, code?: string]>([
    ['says so', ({ connections }) => connections[0]?.lost(new Error('gone'))],
    ['says so twice', ({ connections }) => [1, 2].forEach(() => connections[0]?.lost(new Error('gone')))],
    ['rejects a ping', source => void (source.pings = 'rejects')],
    ['throws at a ping', source => void (source.ping = thrower)],
    ['leaves a ping without an answer', source => void (source.pings = 'hangs'), 'CACHE_TIMEOUT'],
  ])('that %s is lost: closed once, refused until the next', async (_name, lose, code = 'CACHE_UNAVAILABLE') => {
    const source = createFakeSource();
    const ping = source.ping;
    const { kept, told } = await connect(source);
    source.opens = 'hangs';
    lose(source);
    // Two ping intervals, and the grace.
    await passes(500 + 500 + 50 + TURN_MS);
    expect(told).toEqual([UP, `${code}, disconnected`]);
    expect([source.connections[0]?.closes, kept.connections()]).toEqual([1, 0]);
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_UNAVAILABLE');

    await passes(50);
    Object.assign(source, { ping, pings: 'answers' });
    source.attempts.at(-1)?.give();
    await passes();
    expect(told).toEqual([UP, `${code}, disconnected`, UP]);
    expect(await codeOf(kept.use(async ({ id }) => id))).toBe(1);
    source.connections[0]?.lost(new Error('once more'));
    expect([kept.state, source.openIds()]).toEqual(['connected', [1]]);
    await kept.close();
    expect(source.connections.map(({ closes }) => closes)).toEqual([1, 1]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('whose close throws, or tells of its end, is lost like any other', async () => {
    const source = createFakeSource({
      close(connection) {
        connection.closes++;
        connection.lost(new Error('closed'));
        thrower();
      },
    });
    const { kept, told } = await connect(source);
    source.connections[0]?.lost(new Error('gone'));
    await passes(50);
    expect(told).toEqual([UP, AWAY, UP]);
    await kept.close();
    expect(source.connections.map(({ closes }) => closes)).toEqual([1, 1]);
    expect(told).toHaveLength(3);
  });

  it.each([
    [100, 500],
    [500, 500],
    [700, 700],
    [1000, 1000],
    [60_000, 1000],
  ])('is pinged, with a command timeout of %d ms every %d ms', async (commandTimeoutMs, intervalMs) => {
    const source = createFakeSource();
    const { kept } = await connect(source, { commandTimeoutMs });
    const ping = jest.spyOn(source, 'ping');
    await passes(intervalMs - 1);
    expect(ping).toHaveBeenCalledTimes(0);
    await passes(1 + 9 * intervalMs);
    expect(ping).toHaveBeenCalledTimes(10);
    await kept.close();
  });

  it('has at most one ping without an answer, and one that comes within the grace keeps it', async () => {
    const { source, kept, told } = await connect();
    source.pings = 'hangs';
    const [connection] = source.connections;
    for (let round = 0; round < 20; round++) {
      await passes(500 + 500 + 49);
      expect(connection?.unanswered).toBe(1);
      connection?.answer();
      // The connection is pinged again at the end of the grace.
      await passes(1 + TURN_MS);
      expect(connection?.unanswered).toBe(1);
      connection?.answer();
    }
    expect(told).toEqual([UP]);
    await kept.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('whose ping is not answered is replaced though operations succeed: their answers may all be late', async () => {
    const { source, kept, told } = await connect();
    source.pings = 'hangs';
    const { outcome, resolve } = begin(kept);
    await passes(500 + 499);
    resolve('late');
    expect(await outcome).toBe('late');
    source.opens = 'hangs';
    await passes(1 + 50 + TURN_MS);
    expect(told).toEqual([UP, 'CACHE_TIMEOUT, disconnected']);
    await kept.close();
  });

  it('that is lost when the grace has ended is not pinged again', async () => {
    const { source, kept } = await connect();
    source.pings = 'hangs';
    await passes(500 + 500 + 50);
    const [connection] = source.connections;
    const ping = jest.spyOn(source, 'ping');
    connection?.answer();
    await passes();
    source.opens = 'hangs';
    connection?.lost(new Error('gone'));
    await passes(10_000);
    expect(ping).not.toHaveBeenCalled();
    await kept.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('that is lost at once each time is replaced more and more slowly, and at once after it was stable', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const { source, kept } = await connect();
    const lose = () => source.connections.at(-1)?.lost(new Error('gone'));
    const delaysMs = [50, 100, 200, 400, 500, 500];
    for (const delayMs of delaysMs) {
      lose();
      const before = source.attempts.length;
      await passes(delayMs - 1);
      expect(source.attempts.length).toBe(before);
      await passes(1);
      expect([source.attempts.length, kept.state]).toEqual([before + 1, 'connected']);
    }
    // The connection answers a ping, which makes it stable.
    await passes(500);
    lose();
    await passes(50);
    expect(kept.state).toBe('connected');
    await kept.close();
  });

  it('is none the worse when host throws', async () => {
    const source = createFakeSource();
    const kept = keepConnected<FakeConnection>(source, {}, { connected: thrower, disconnected: thrower });
    await passes();
    expect([kept.state, source.openIds()]).toEqual(['connected', [0]]);
    expect(() => source.connections[0]?.lost(new Error('gone'))).not.toThrow();
    await passes(50);
    expect([kept.state, source.openIds()]).toEqual(['connected', [1]]);
    await kept.close();
  });
});

describe('replace', () => {
  const error = new CacheError('CACHE_TOO_LARGE', 'a huge reply');

  it('closes the connection; operations wait for the next, and host is not told of a loss', async () => {
    const { source, kept, told } = await connect();
    source.opens = 'hangs';
    kept.replace(error);
    expect([kept.state, kept.connections(), source.openIds()]).toEqual(['starting', 0, []]);
    const waiting = codeOf(kept.use(async ({ id }) => id));
    // There is no connection that could be replaced.
    kept.replace(error);
    await passes();
    expect([source.attempts.length, told.length]).toEqual([2, 1]);
    source.attempts[1]?.give();
    expect(await waiting).toBe(1);
    expect(told).toEqual([UP, UP]);
    await kept.close();
  });

  it('tells host when the next connection cannot be made, and refuses what waits', async () => {
    const { source, kept, told } = await connect();
    source.opens = 'refuses';
    kept.replace(error);
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_UNAVAILABLE');
    expect(told).toEqual([UP, AWAY]);
    await kept.close();
  });

  it('by a waiting operation keeps the ones behind it waiting, also without waitsForFirst', async () => {
    for (const waitsForFirst of [true, false]) {
      const source = createFakeSource();
      source.opens = 'hangs';
      const { kept, told } = keep(source, { waitsForFirst });
      await passes();
      if (!waitsForFirst) {
        source.attempts[0]?.give();
        await passes();
        kept.replace(error);
      }
      const first = codeOf(kept.use(async () => kept.replace(error)));
      const ids = [1, 2].map(() => codeOf(kept.use(async ({ id }) => id)));
      await passes();
      source.opens = 'gives';
      source.attempts.at(-1)?.give();
      await Promise.all([first, ...ids]);
      const lastId = source.connections.length - 1;
      expect(await Promise.all(ids)).toEqual([lastId, lastId]);
      // `host` is not told of a connection that was gone again before that.
      expect(told).toEqual(waitsForFirst ? [UP] : [UP, UP]);
      await kept.close();
    }
  });

  it('while the next is being made, or there is none, does nothing', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept, told } = keep(source);
    kept.replace(error);
    await passes();
    kept.replace(error);
    source.attempts[0]?.refuse(new Error('no'));
    await passes();
    kept.replace(error);
    expect([kept.state, told, source.attempts.length]).toEqual(['disconnected', [AWAY], 1]);
    await kept.close();
    kept.replace(error);
    await passes(10_000);
    expect([kept.state, source.attempts.length]).toEqual(['closed', 1]);
  });
});

describe('reconnect', () => {
  it('uses the present connection until the new one is ready, and closes it then', async () => {
    const { source, kept, told } = await connect();
    source.opens = 'hangs';
    kept.reconnect();
    await passes();
    expect(await codeOf(kept.use(async ({ id }) => id))).toBe(0);
    source.attempts[1]?.give();
    await passes();
    expect(await codeOf(kept.use(async ({ id }) => id))).toBe(1);
    expect([source.openIds(), told]).toEqual([[1], [UP, UP]]);
    await kept.close();
  });

  it('goes on until it has succeeded, and says nothing of attempts that fail meanwhile', async () => {
    const { source, kept, told } = await connect();
    source.opens = 'refuses';
    kept.reconnect();
    await passes(3000);
    expect(source.attempts.length).toBeGreaterThan(5);
    expect([kept.state, told]).toEqual(['connected', [UP]]);
    source.opens = 'gives';
    await passes(500);
    expect([source.openIds(), told]).toEqual([[1], [UP, UP]]);
    await kept.close();
  });

  it('a thousand times in a row makes one connection, in each state', async () => {
    const source = createFakeSource();
    const { kept } = keep(source);
    const reconnect = () => Array.from({ length: 1000 }, () => kept.reconnect());
    reconnect();
    await passes();
    expect([source.attempts.length, source.openIds()]).toEqual([1, [0]]);
    reconnect();
    await passes();
    expect([source.attempts.length, source.openIds()]).toEqual([2, [1]]);
    source.opens = 'hangs';
    source.connections[1]?.lost(new Error('gone'));
    reconnect();
    await passes();
    reconnect();
    await passes();
    expect([source.attempts.length, source.underWay()]).toEqual([4, 1]);
    await kept.close();
    reconnect();
    await passes(10_000);
    expect([source.attempts.length, source.underWay(), jest.getTimerCount()]).toEqual([4, 0, 0]);
  });

  it('does not wait for the back-off', async () => {
    const { source, kept } = await connect();
    source.opens = 'refuses';
    source.connections[0]?.lost(new Error('gone'));
    await passes(3000);
    source.opens = 'gives';
    kept.reconnect();
    await passes();
    expect(kept.state).toBe('connected');
    await kept.close();
  });
});

describe('close', () => {
  it.each<[string, (source: FakeSource, kept: ReturnType<typeof keep>['kept']) => unknown]>([
    ['as soon as it is created', () => {}],
    ['while the first attempt is made', source => ((source.opens = 'hangs'), passes(100))],
    ['while several attempts are made', source => ((source.opens = 'hangs'), passes(1900))],
    ['while the first ping has no answer', source => ((source.pings = 'hangs'), passes(100))],
    ['while it waits for the next attempt', source => ((source.opens = 'refuses'), passes(10))],
    ['with a connection', () => passes()],
    ['while a ping has no answer', async source => (await passes(), (source.pings = 'hangs'), passes(700))],
    ['in the grace of a ping', async source => (await passes(), (source.pings = 'hangs'), passes(1020))],
    [
      'when the grace is over',
      async source => (await passes(), (source.pings = 'hangs'), jest.advanceTimersByTime(1049)),
    ],
    [
      'while it reconnects',
      async (source, kept) => (await passes(), (source.opens = 'hangs'), kept.reconnect(), passes(100)),
    ],
    [
      'while a connection is replaced',
      async (source, kept) => (
        await passes(),
        (source.opens = 'hangs'),
        kept.replace(new CacheError('CACHE_TOO_LARGE', '')),
        passes(100)
      ),
    ],
  ])('%s leaves nothing, and tells nobody', async (_name, prepare) => {
    const source = createFakeSource();
    const { kept, told } = keep(source);
    await prepare(source, kept);
    const before = told.length;
    const waiting = kept.state === 'starting' ? codeOf(kept.use(jest.fn())) : 'CACHE_CLOSED';
    const closing = kept.close();
    expect(kept.close()).toBe(closing);
    expect(kept.state).toBe('closed');
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_CLOSED');
    await closing;
    expect(await waiting).toBe('CACHE_CLOSED');
    expect(jest.getTimerCount()).toBe(0);
    // The client returns connections, and reports events, too late.
    for (const attempt of source.attempts) if (!attempt.isSettled) attempt.give();
    for (const { lost, answer } of source.connections) [answer, () => lost(new Error('gone'))].forEach(each => each());
    await passes(10_000);
    expect([source.openIds(), source.underWay(), kept.connections()]).toEqual([[], 0, 0]);
    expect(source.connections.map(({ closes }) => closes)).toEqual(source.connections.map(() => 1));
    expect([told.length, jest.getTimerCount()]).toEqual([before, 0]);
    await kept.close();
  });

  it('waits for operations, which get their answers, and starts no other', async () => {
    const { source, kept } = await connect();
    const operations = [begin(kept), begin(kept)];
    const closed = jest.fn();
    void kept.close().then(closed);
    operations[0]?.resolve('text');
    await passes(900);
    expect([closed.mock.calls.length, source.openIds()]).toEqual([0, [0]]);
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_CLOSED');
    operations[1]?.reject(new Error('no'));
    expect(await Promise.all(operations.map(({ outcome }) => outcome))).toEqual(['text', 'CACHE_UNAVAILABLE']);
    await passes();
    expect([closed.mock.calls.length, source.openIds(), jest.getTimerCount()]).toEqual([1, [], 0]);
  });

  it('is not disturbed by a replace', async () => {
    const { source, kept } = await connect();
    const operation = begin(kept);
    const closing = kept.close();
    kept.replace(new CacheError('CACHE_TOO_LARGE', 'a huge reply'));
    expect(source.openIds()).toEqual([0]);
    operation.resolve('text');
    expect(await operation.outcome).toBe('text');
    await closing;
    expect([source.openIds(), source.attempts.length]).toEqual([[], 1]);
  });

  it('waits 1 s for operations that have no answer', async () => {
    const { source, kept } = await connect();
    void kept.use(never);
    const closed = jest.fn();
    void kept.close().then(closed);
    await passes(999);
    expect([closed.mock.calls.length, source.openIds()]).toEqual([0, [0]]);
    await passes(1);
    expect([closed.mock.calls.length, source.openIds(), jest.getTimerCount()]).toEqual([1, [], 0]);
  });

  it('closes a connection that is lost meanwhile at once, which ends its operations', async () => {
    const { source, kept, told } = await connect();
    const operation = begin(kept);
    source.close = connection => {
      connection.closes++;
      operation.reject(new Error('closed'));
    };
    const closing = kept.close();
    source.connections[0]?.lost(new Error('gone'));
    expect(source.connections[0]?.closes).toBe(1);
    await closing;
    expect(await operation.outcome).toBe('CACHE_UNAVAILABLE');
    expect([told, source.attempts.length, jest.getTimerCount()]).toEqual([[UP], 1, 0]);
  });

  it.each<[string, 'connected' | 'disconnected']>([
    ['it is connected', 'connected'],
    ['it is not', 'disconnected'],
  ])('works when host is told that %s', async (_name, event) => {
    const source = createFakeSource();
    if (event === 'disconnected') source.opens = 'refuses';
    const close = () => void kept.close();
    const kept = keepConnected<FakeConnection>(
      source,
      {},
      { connected: () => {}, disconnected: () => {}, [event]: close },
    );
    await passes(10_000);
    expect([kept.state, source.attempts.length, source.openIds(), jest.getTimerCount()]).toEqual(['closed', 1, [], 0]);
  });
});

function thrower(): never {
  throw new Error('thrown');
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function toAway(): CacheError {
  return new CacheError('CACHE_UNAVAILABLE', 'away');
}
