import fc from 'fast-check';
import { CacheError } from '../contract/cacheError';
import type { ConnectionSource, KeptConnection } from './connectionSource';
import { keepConnected } from './keepConnected';
import { createFakeSource } from './testSupport/fakeSource';
import type { FakeConnection, FakeSource } from './testSupport/fakeSource';

/** What can happen; `which` chooses among the attempts, connections or operations that exist. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('use') }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(1, 24, 50, 200, 499, 500, 1000, 2500) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('give', 'refuse', 'losing attempt', 'lose', 'answer', 'use in use', 'settle', 'fail'),
      which: fc.nat(1000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ opens: fc.constantFrom('gives', 'refuses', 'hangs') }) },
  { weight: 2, arbitrary: fc.record({ pings: fc.constantFrom('answers', 'rejects', 'hangs') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reconnect', 'replace') }) },
);

type Kit = typeof keepConnected;
type Step = { do?: string; ms?: number; which?: number; opens?: string; pings?: string };

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

/** A kept connection on a server that can do anything, and what must be true of it at each moment. */
function start(waitsForFirst: boolean, opens: FakeSource['opens'], keep: Kit) {
  const source = createFakeSource();
  source.opens = opens;
  /** Connections that were passed to `prepare`, so they can be used. */
  const prepared = new Set<FakeConnection>();
  source.prepare = connection => {
    prepared.add(connection);
    mustBe(connection.closes === 0, `connection ${connection.id} was prepared after its end`);
  };
  /** Operations under way, with the functions that end them. */
  const running = new Set<{ resolve: (value: string) => void; reject: (error: unknown) => void }>();
  source.close = connection => {
    connection.closes++;
    for (const operation of running)
      if (ofConnection.get(operation) === connection) operation.reject(new Error('closed'));
  };
  const ofConnection = new Map<object, FakeConnection>();
  const started: number[] = [];
  let settled = 0;
  const problems: string[] = [];
  /** The state that is expected without a connection, by the latest event that decides it. */
  let last: 'starting' | 'disconnected' = 'starting';
  let isClosed = false;
  let issued = 0;
  const mustBe = (isSo: boolean, problem: string) => isSo || problems.push(problem);
  const kept = keep<FakeConnection>(
    source,
    { waitsForFirst },
    {
      connected() {
        mustBe(kept.state === 'connected' && !isClosed, `connected was told while ${kept.state}`);
      },
      disconnected() {
        last = 'disconnected';
        mustBe(kept.state === 'disconnected' && !isClosed, `disconnected was told while ${kept.state}`);
      },
    },
  );
  const pick = <T>(all: readonly T[], which: number): T | undefined => all[which % all.length];

  function use(then = () => {}, isInside = false): void {
    const number = issued++;
    const before = kept.state;
    const outcome = kept.use(connection => {
      started.push(number);
      mustBe(
        connection.closes === 0 && prepared.has(connection),
        `operation ${number} got a connection that is not for use`,
      );
      const operation = { resolve: (_value: string) => {}, reject: (_error: unknown) => {} };
      const answer = new Promise<string>((resolve, reject) => Object.assign(operation, { resolve, reject }));
      running.add(operation);
      ofConnection.set(operation, connection);
      const forget = () => running.delete(operation);
      answer.then(forget, forget);
      then();
      return answer;
    });
    const check = (error: CacheError) => {
      const codes = ['CACHE_UNAVAILABLE', 'CACHE_TIMEOUT', 'CACHE_CLOSED'];
      mustBe(codes.includes(error.code), `operation ${number} rejected with ${String(error)}`);
    };
    void outcome.catch(check).then(() => settled++);
    // An operation that is started inside another one may have to wait for earlier ones.
    if (before === 'connected' && !isInside)
      mustBe(started.includes(number), `operation ${number} was not sent at once`);
    if (before === 'disconnected')
      mustBe(!started.includes(number), `operation ${number} was sent without a connection`);
  }

  function check(): void {
    const usable = source.connections.filter(connection => prepared.has(connection) && connection.closes === 0);
    const expected = usable.length > 0 ? 'connected' : last;
    mustBe(kept.state === expected, `the state is ${kept.state}, where ${expected} is expected`);
    mustBe(kept.connections() === usable.length, `${kept.connections()} connections, where there are ${usable.length}`);
    mustBe(source.underWay() <= 8, `${source.underWay()} attempts at the same time`);
    mustBe(source.openIds().length <= 9, `${source.openIds().length} connections`);
    for (const { id, closes, unanswered } of source.connections) {
      mustBe(closes <= 1, `connection ${id} was closed ${closes} times`);
      mustBe(unanswered <= 1, `connection ${id} has ${unanswered} pings without an answer`);
    }
  }

  const doers: Readonly<Record<string, (which: number) => unknown>> = {
    give: which =>
      pick(
        source.attempts.filter(({ isSettled }) => !isSettled),
        which,
      )?.give(),
    refuse: which =>
      pick(
        source.attempts.filter(({ isSettled }) => !isSettled),
        which,
      )?.refuse(new Error('refused')),
    'losing attempt': which => pick(source.attempts, which)?.lost(new Error('lost')),
    lose: which => pick(source.connections, which)?.lost(new Error('lost')),
    answer: which => pick(source.connections, which)?.answer(),
    use: () => use(),
    'use in use': () => use(() => use(undefined, true)),
    settle: which => pick([...running], which)?.resolve('text'),
    fail: which => pick([...running], which)?.reject(new Error('failed')),
    reconnect() {
      const before = kept.state;
      kept.reconnect();
      mustBe(kept.state === before, `reconnect has made it ${kept.state}`);
    },
    replace() {
      if (kept.state === 'connected') last = 'starting';
      kept.replace(new CacheError('CACHE_TOO_LARGE', 'a huge reply'));
    },
  };

  return {
    problems,
    async take({ do: what, ms = 0, which = 0, ...modes }: Step): Promise<void> {
      Object.assign(source, modes);
      if (what !== undefined && what !== 'pass') doers[what]?.(which);
      await pass(ms);
      check();
    },
    /** The server is fine from now on. */
    async recover(): Promise<void> {
      Object.assign(source, { opens: 'gives', pings: 'answers' });
      // An earlier ping may stay without an answer. So two ping intervals have to pass, then the grace and the back-off. On the fake clock
      // `setImmediate` takes 1 ms.
      await pass(500 + 500 + 50 + 1 + 500);
      check();
      mustBe(kept.state === 'connected', `it is ${kept.state} after a recovery`);
      use();
    },
    async close(): Promise<void> {
      isClosed = true;
      const closing = kept.close();
      mustBe(kept.state === 'closed', `it is ${kept.state} after a close`);
      await pass(1000);
      await closing;
      mustBe(settled === issued, `${issued - settled} operations have not settled`);
      for (const attempt of source.attempts) if (!attempt.isSettled) attempt.give();
      await pass(10_000);
      mustBe(source.openIds().length === 0, `connections ${source.openIds().join()} are left`);
      for (const { id, closes } of source.connections)
        mustBe(closes === 1, `connection ${id} was closed ${closes} times`);
      mustBe(jest.getTimerCount() === 0, `${jest.getTimerCount()} timers are left`);
      mustBe(kept.connections() === 0, 'it counts a connection after a close');
      const sorted = [...started].sort((one, other) => one - other);
      mustBe(started.join() === sorted.join(), `operations were started in the order ${started.join()}`);
      mustBe(new Set(started).size === started.length, 'an operation was started twice');
    },
  };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Ways to break the kit: `around` changes the source that it gets, `behind` the connection that it returns. */
const around =
  (toBroken: <Connection>(source: ConnectionSource<Connection>) => Partial<ConnectionSource<Connection>>): Kit =>
  (source, options, host) =>
    keepConnected({ ...source, ...toBroken(source) }, options, host);
const behind =
  (toBroken: <Connection>(kept: KeptConnection<Connection>) => Partial<KeptConnection<Connection>>): Kit =>
  (source, options, host) => {
    const kept = keepConnected(source, options, host);
    const whole: typeof kept = {
      get state() {
        return kept.state;
      },
      use: (operation, sinceMs) => kept.use(operation, sinceMs),
      reconnect: () => kept.reconnect(),
      replace: error => kept.replace(error),
      connections: () => kept.connections(),
      close: () => kept.close(),
    };
    return Object.assign(
      whole,
      toBroken({
        ...whole,
        get state() {
          return kept.state;
        },
      }),
    );
  };

const brokenKits: readonly (readonly [string, RegExp, Kit])[] = [
  [
    'closes a connection twice',
    /was closed 2 times/,
    around(({ close }) => ({ close: connection => [1, 2].forEach(() => close(connection)) })),
  ],
  [
    'leaves a late connection open',
    /connections [\d,]+ are left/,
    around(({ open }) => ({
      open: async (signal, lost) => {
        const connection = await open(signal, lost);
        return signal.aborted ? Promise.reject(new Error('too late')) : connection;
      },
    })),
  ],
  [
    'never aborts an attempt',
    /attempts at the same time/,
    around(({ open }) => ({ open: (_signal, lost) => open(new AbortController().signal, lost) })),
  ],
  [
    'makes no attempt after a failed one',
    /it is disconnected after a recovery/,
    around(({ open }) => {
      let hasFailed = false;
      return {
        open: async (signal, lost) =>
          hasFailed
            ? new Promise(() => {})
            : open(signal, lost).catch((error: unknown) => ((hasFailed = true), Promise.reject(error))),
      };
    }),
  ],
  [
    'sends a ping while another is unanswered',
    /has 2 pings without an answer/,
    around(({ ping }) => ({ ping: connection => Promise.all([ping(connection), ping(connection)]) })),
  ],
  [
    'does not send operations immediately',
    /was not sent at once/,
    behind(({ use }) => ({ use: async operation => (await Promise.resolve(), use(operation)) })),
  ],
  [
    'repeats a failed operation',
    /started twice/,
    behind(({ use }) => ({ use: operation => use(operation).catch(() => use(operation)) })),
  ],
  [
    'sends waiting operations in reverse order',
    /started in the order/,
    behind(kept => {
      const waiting: (() => void)[] = [];
      return {
        use: operation =>
          kept.state === 'starting'
            ? new Promise((resolve, reject) => {
                waiting.push(() => resolve(kept.use(operation)));
                kept.use(async () => waiting.pop()?.()).catch(reject);
              })
            : kept.use(operation),
      };
    }),
  ],
  [
    'notifies host 10 ms late',
    /connected was told while/,
    (source, options, host) =>
      keepConnected(source, options, {
        connected: () => void setTimeout(() => host.connected(), 10),
        disconnected: error => void setTimeout(() => host.disconnected(error), 10),
      }),
  ],
  [
    'closes the current connection before the new one is ready',
    /reconnect has made it starting/,
    behind(({ replace }) => ({ reconnect: () => replace(new CacheError('CACHE_UNAVAILABLE', 'another master')) })),
  ],
  ['always counts one connection', /connections, where|counts a connection/, behind(() => ({ connections: () => 1 }))],
  ['keeps working after close', /after a close/, behind(() => ({ close: async () => {} }))],
  [
    'leaves a timer running after close',
    /timers are left/,
    behind(({ close }) => ({ close: () => close().then(() => void setTimeout(() => {}, 60_000)) })),
  ],
];

const opens = fc.constantFrom('gives' as const, 'refuses' as const, 'hangs' as const);
const runs = fc.record({
  waitsForFirst: fc.boolean(),
  opens,
  steps: fc.array(step, { maxLength: 40 }),
  recovers: fc.boolean(),
});
type Run = Parameters<Parameters<typeof runs.map>[0]>[0];

async function findProblems(keep: Kit, { waitsForFirst, opens, steps, recovers }: Run): Promise<string[]> {
  const run = start(waitsForFirst, opens, keep);
  for (const each of steps) await run.take(each);
  if (recovers) await run.recover();
  await run.close();
  return run.problems;
}

it('a kept connection keeps its invariants in any order of events, recovers, and leaks nothing', async () => {
  const promises = fc.asyncProperty(runs, async run => expect(await findProblems(keepConnected, run)).toEqual([]));
  await fc.assert(promises, { numRuns: 300 });
});

it.each(brokenKits)('the sequence check detects an implementation that %s', async (_name, problem, keep) => {
  const isUnnoticed = fc.asyncProperty(runs, async run => {
    const problems = await findProblems(keep, run);
    return !problems.some(each => problem.test(each));
  });
  const { counterexample } = await fc.check(isUnnoticed, { numRuns: 5000 });
  expect(counterexample).not.toBeNull();
});
