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
  it('keepConnected neither opens a connection nor notifies host before it returns', async () => {
    const source = createFakeSource();
    const { kept, told } = keep(source);
    expect([source.attempts.length, told.length, kept.state, kept.connections()]).toEqual([0, 0, 'starting', 0]);
    await passes();
    expect([source.attempts.length, told.length, kept.state, kept.connections()]).toEqual([1, 1, 'connected', 1]);
    await kept.close();
  });

  it('operations wait, then are sent in order, after prepare and before host is notified', async () => {
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
  ] as const)(
    'a first attempt that fails with %s rejects waiting and later operations with %s',
    async (code, refusal) => {
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
    },
  );

  it('operations reject with CACHE_UNAVAILABLE instead of waiting when waitsForFirst is false', async () => {
    const source = createFakeSource();
    const { kept } = keep(source, { waitsForFirst: false });
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_UNAVAILABLE');
    expect(kept.state).toBe('starting');
    await passes();
    expect(await codeOf(kept.use(async ({ id }) => id))).toBe(0);
    await kept.close();
  });

  it('an operation that has waited for commandTimeoutMs rejects with CACHE_TIMEOUT and is not sent', async () => {
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

  it('at most 20,000 operations wait, and the next one rejects with CACHE_OVERLOADED', async () => {
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

describe('a connection attempt', () => {
  const after = async (source: FakeSource, ms: number) => {
    await passes(ms);
    return source.attempts.length;
  };

  it.each([
    ['shortest', 0, [25, 50, 100, 200, 250, 250, 250]],
    ['longest', 1, [50, 100, 200, 400, 500, 500, 500]],
  ])('is followed by another after the %s back-off when it fails', async (_name, random, delaysMs) => {
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

  it('gets a parallel attempt after 500 ms of silence; the first to be ready wins, the other is aborted', async () => {
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

  it('runs beside at most seven others, and the oldest keeps its full connect timeout', async () => {
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

  it.each([1, 100, 333, 2000, 60_000])(
    'fails with CACHE_TIMEOUT when opening or the first ping takes %d ms',
    async connectTimeoutMs => {
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
    },
  );

  it('is used when it becomes ready at the moment its timeout expires', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept, told } = keep(source, { connectTimeoutMs: 2000 });
    await passes(2000);
    source.attempts[0]?.give();
    await passes(TURN_MS);
    expect([told, source.openIds()]).toEqual([[UP], [0]]);
    await kept.close();
  });

  it('leaves the time of the next attempt unchanged when it fails while another is under way', async () => {
    const source = createFakeSource();
    source.opens = 'hangs';
    const { kept } = keep(source);
    await passes(600);
    source.attempts[1]?.refuse(new Error('refused'));
    expect(await after(source, 400)).toBe(2);
    expect(await after(source, 2 * TURN_MS)).toBe(3);
    await kept.close();
  });

  it('is not prepared when it is lost before the first ping is answered', async () => {
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

  it('is closed without being used when its prepare calls close', async () => {
    const source = createFakeSource({ prepare: () => void kept.close() });
    const { kept, told } = keep(source);
    await passes(10_000);
    expect([kept.state, told, source.connections[0]?.closes, jest.getTimerCount()]).toEqual(['closed', [], 1, 0]);
  });

  it.each([2 ** 31, Number.MAX_VALUE, Infinity])(
    'accepts a connect timeout beyond the limit of Node timers: %d ms',
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
    [
      'its connection is lost and open never settles',
      () => ({ open: (_signal, lost) => (lost(new Error('gone')), never()) }),
      0,
    ],
    [
      'its connection is lost and open rejects',
      () => ({ open: (_signal, lost) => (lost(new Error('gone')), gone()) }),
      0,
    ],
    [
      'its connection is lost and open resolves nevertheless',
      ({ open }) => ({ open: (signal, lost) => (lost(new Error('gone')), open(signal, lost)) }),
      1,
    ],
    [
      'its connection is lost during the first ping',
      () => ({ ping: connection => (connection.lost(new Error('gone')), Promise.resolve()) }),
      1,
    ],
    ['the first ping throws', () => ({ ping: thrower }), 1],
    ['the first ping rejects', () => ({ ping: gone }), 1],
    ['prepare throws', () => ({ prepare: thrower }), 1],
    ['open and toCacheError throw', () => ({ open: thrower, toCacheError: thrower }), 0],
    [
      'open rejects and toCacheError returns no CacheError',
      () => ({ open: gone, toCacheError: () => new Error() as CacheError }),
      0,
    ],
    ['the first ping rejects and close throws', ({ close }) => ({ ping: gone, close: c => (close(c), thrower()) }), 1],
  ])('fails with CACHE_UNAVAILABLE and is retried with a growing back-off when %s', async (_name, toBroken, closed) => {
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

  it('may return undefined as its connection, which is used and closed', async () => {
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
    ['returns no promise', () => 'text' as unknown as Promise<string>, 'text'],
    ['returns a foreign thenable', () => thenable(resolve => resolve('text')), 'text'],
    ['returns a thenable that calls back twice', () => thenable(resolve => (resolve('text'), resolve('more'))), 'text'],
    ['returns a promise with its own then', () => Object.assign(Promise.resolve('text'), { then: thrower }), 'text'],
    ['throws', thrower, 'mapped: Error: thrown'],
    ['rejects', () => Promise.reject(new Error('no')), 'mapped: Error: no'],
    ['rejects with undefined', () => thenable((_resolve, reject) => reject(undefined)), 'mapped: undefined'],
    ['rejects with a CacheError', () => Promise.reject(new CacheError('CACHE_REFUSED', 'as it is')), 'as it is'],
    ['returns a thenable that throws', () => thenable(thrower), 'mapped: Error: thrown'],
    ['returns a thenable that rejects', () => thenable((_resolve, reject) => reject('no')), 'mapped: no'],
  ])('settle and no longer count as running when their function %s', async (_name, operation, expected) => {
    const { kept } = await connect();
    const outcome = await kept.use(operation).catch((error: CacheError) => error.message);
    expect(outcome).toBe(expected);
    // With an operation in flight, this would take 1 s.
    await kept.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each<[string, Source['toCacheError']]>([
    ['throws', thrower],
    ['returns no CacheError', () => undefined as unknown as CacheError],
  ])('reject with CACHE_UNAVAILABLE when toCacheError %s', async (_name, toCacheError) => {
    const { kept } = await connect(createFakeSource({ toCacheError }));
    await expect(kept.use(thrower)).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: 'Fake at localhost:1 failed, and toCacheError gives no CacheError for it',
      cause: { message: 'thrown' },
    });
    await kept.close();
  });

  it('reject with CACHE_OVERLOADED beyond 20,000 at a time, not counting those of a lost connection', async () => {
    const { source, kept } = await connect();
    for (let count = 0; count < 20_000; count++) void kept.use(never);
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_OVERLOADED');
    source.connections[0]?.lost(new Error('gone'));
    await passes(50);
    expect(await codeOf(kept.use(async ({ id }) => id))).toBe(1);
    await kept.close();
  });

  it('can run inside other operations', async () => {
    const { kept } = await connect();
    expect(await kept.use(outer => kept.use(async inner => [outer.id, inner.id]))).toEqual([0, 0]);
    await kept.close();
  });
});

describe('a connection', () => {
  it.each<[string, (source: FakeSource) => void, code?: string]>([
    ['reports its loss', ({ connections }) => connections[0]?.lost(new Error('gone'))],
    ['reports its loss twice', ({ connections }) => [1, 2].forEach(() => connections[0]?.lost(new Error('gone')))],
    ['rejects a ping', source => void (source.pings = 'rejects')],
    ['throws on a ping', source => void (source.ping = thrower)],
    ['does not answer a ping', source => void (source.pings = 'hangs'), 'CACHE_TIMEOUT'],
  ])(
    'is lost and closed once when it %s, and operations reject until the next one',
    async (_name, lose, code = 'CACHE_UNAVAILABLE') => {
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
    },
  );

  it('is closed only once and replaced when its close reports the loss again and throws', async () => {
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
  ])('turns a command timeout of %d ms into a ping every %d ms', async (commandTimeoutMs, intervalMs) => {
    const source = createFakeSource();
    const { kept } = await connect(source, { commandTimeoutMs });
    const ping = jest.spyOn(source, 'ping');
    await passes(intervalMs - 1);
    expect(ping).toHaveBeenCalledTimes(0);
    await passes(1 + 9 * intervalMs);
    expect(ping).toHaveBeenCalledTimes(10);
    await kept.close();
  });

  it('has at most one unanswered ping, and is kept by an answer within the grace period', async () => {
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

  it('is lost with CACHE_TIMEOUT when a ping is not answered, even if operations succeed', async () => {
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

  it('is not pinged again when it is lost as the grace period ends', async () => {
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

  it('is replaced after a back-off that grows when it is lost immediately and resets once it was stable', async () => {
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

  it('works and is replaced as usual when the callbacks of host throw', async () => {
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

  it('closes the connection without reporting a loss, and operations wait for the next one', async () => {
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

  it('reports a loss and rejects waiting operations when the next connection cannot be made', async () => {
    const { source, kept, told } = await connect();
    source.opens = 'refuses';
    kept.replace(error);
    expect(await codeOf(kept.use(jest.fn()))).toBe('CACHE_UNAVAILABLE');
    expect(told).toEqual([UP, AWAY]);
    await kept.close();
  });

  it('keeps later operations waiting when a waiting one calls it, also without waitsForFirst', async () => {
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

  it('does nothing when there is no connection, or after close', async () => {
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
  it('uses the current connection until the new one is ready, then closes it', async () => {
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

  it('retries until it succeeds, without reporting failed attempts', async () => {
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

  it('makes at most one attempt for a thousand calls in a row, in every state', async () => {
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
    ['immediately after creation', () => {}],
    ['during the first attempt', source => ((source.opens = 'hangs'), passes(100))],
    ['during several attempts', source => ((source.opens = 'hangs'), passes(1900))],
    ['while the first ping is unanswered', source => ((source.pings = 'hangs'), passes(100))],
    ['during the back-off', source => ((source.opens = 'refuses'), passes(10))],
    ['while connected', () => passes()],
    ['while a later ping is unanswered', async source => (await passes(), (source.pings = 'hangs'), passes(700))],
    ['in the grace period of a ping', async source => (await passes(), (source.pings = 'hangs'), passes(1020))],
    [
      'as the grace period ends',
      async source => (await passes(), (source.pings = 'hangs'), jest.advanceTimersByTime(1049)),
    ],
    [
      'during a reconnect',
      async (source, kept) => (await passes(), (source.opens = 'hangs'), kept.reconnect(), passes(100)),
    ],
    [
      'during a replace',
      async (source, kept) => (
        await passes(),
        (source.opens = 'hangs'),
        kept.replace(new CacheError('CACHE_TOO_LARGE', '')),
        passes(100)
      ),
    ],
  ])('leaves no connection or timer and reports nothing to host when called %s', async (_name, prepare) => {
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

  it('waits for running operations, and rejects new ones with CACHE_CLOSED', async () => {
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

  it('ignores a replace while it waits for operations', async () => {
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

  it('waits at most 1 s for operations without an answer', async () => {
    const { source, kept } = await connect();
    void kept.use(never);
    const closed = jest.fn();
    void kept.close().then(closed);
    await passes(999);
    expect([closed.mock.calls.length, source.openIds()]).toEqual([0, [0]]);
    await passes(1);
    expect([closed.mock.calls.length, source.openIds(), jest.getTimerCount()]).toEqual([1, [], 0]);
  });

  it('immediately closes a connection that is lost meanwhile, which ends its operations', async () => {
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
    ['it is disconnected', 'disconnected'],
  ])('works when host calls it in the notification that %s', async (_name, event) => {
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
