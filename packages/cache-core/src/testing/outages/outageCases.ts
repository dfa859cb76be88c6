import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Awaitable } from '../../contract/awaitable';
import { createCacheManager } from '../../cacheManager';
import type { CacheManager } from '../../cacheManager';
import type { CacheService } from '../../contract/cacheService';
import type { CacheDriverDefinition } from '../../contract/driver';
import type { CacheStateChange } from '../../contract/observer';
import { block } from '../harness/block';
import { createFaultProxy } from './faultProxy';
import type { Address, FaultProxy } from './faultProxy';
import { show } from '../harness/history';
import { measureOutage, oldValueOf } from './measureOutage';
import type { Fault, OutageMeasures } from './measureOutage';
import { openHandles } from '../harness/openHandles';
import { uniqueName } from '../harness/uniqueName';
import { usedHeap } from '../harness/usedHeap';

/** A driver, and servers that are there for the outages alone: one, or several that are one store. */
export interface OutageTarget<Options = unknown> {
  readonly driver: CacheDriverDefinition<Options>;
  readonly servers: readonly OutageServer[];
  /** Options of the driver with which it reaches the servers at these addresses, in their order. */
  toOptions(addresses: readonly Address[]): Promise<Options> | Options;
  /**
   * What the server sends to refuse a request: a status 503, for example, or `-ERR refused`. A driver must take it neither for a
   * value nor for a success. @defaultValue none: this is not tested, with a warning of the process
   */
  refusal?(request: string): string;
  /** Resolves when servers that were started again work as one store. @defaultValue at once */
  untilReady?(): Promise<void>;
}

/** A server whose process can be controlled. Each resolves when it is so. */
export interface OutageServer extends Address {
  /** Ends it, as `SIGKILL` does. */
  kill(): Promise<void>;
  /** Starts it again at the same address. Called only after `kill`, and `thaw` only after `freeze`. */
  start(): Promise<void>;
  /** Stops it, as `SIGSTOP` does: connections stay open, and nothing answers. */
  freeze(): Promise<void>;
  /** Lets it go on, as `SIGCONT` does. */
  thaw(): Promise<void>;
}

/** One promise of a cache in an outage. */
export interface OutageCase {
  readonly group: 'outages';
  readonly name: string;
  /** Rejects when the promise is not kept. Takes some seconds; leaves the servers as they were. */
  run(target: OutageTarget): Promise<void>;
}

/** What is promised, and what a busy machine may add to it. */
const LIMITS = {
  settledMs: 100,
  recoveredMs: 1000,
  replacedMs: 3000,
  laterMs: 1,
  heapBytes: 5 * 1024 * 1024,
  busyMs: 500,
  /** What thousands of operations at once may add to it. */
  burstMs: 1000,
  busyLaterMs: 20,
};
const DEFAULT_COMMAND_TIMEOUT_MS = 500;
/** What is left in the store goes by itself. */
const TTL_MS = 10 * 60_000;

interface FaultKind {
  readonly name: string;
  readonly lengthMs: number;
  /** Whether it goes over by itself: connections are replaced. */
  readonly endsByItself?: boolean;
  readonly through: 'proxies' | 'processes';
  toFault(servers: readonly OutageServer[], proxies: readonly FaultProxy[]): Fault;
}

const ofProxies = (begin: (proxy: FaultProxy) => void) => (_servers: unknown, proxies: readonly FaultProxy[]) => ({
  begin: () => proxies.forEach(begin),
  end: async () => void (await Promise.all(proxies.map(proxy => proxy.heal()))),
});

const ofProcesses =
  (begin: (server: OutageServer) => Promise<void>, end: (server: OutageServer) => Promise<void>) =>
  (servers: readonly OutageServer[]) => ({
    begin: async () => void (await Promise.all(servers.map(begin))),
    end: async () => void (await Promise.all(servers.map(end))),
  });

const kinds: readonly FaultKind[] = [
  {
    name: 'a server that refuses connections',
    lengthMs: 1500,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.refuse()),
  },
  {
    name: 'a server that is killed and restarted',
    lengthMs: 1500,
    through: 'processes',
    toFault: ofProcesses(
      server => server.kill(),
      server => server.start(),
    ),
  },
  {
    name: 'a server that freezes',
    lengthMs: 3000,
    through: 'processes',
    toFault: ofProcesses(
      server => server.freeze(),
      server => server.thaw(),
    ),
  },
  {
    name: 'open connections that go silent, while new ones work',
    lengthMs: 0,
    endsByItself: true,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.blackHole('old')),
  },
  {
    name: 'a network that drops everything',
    lengthMs: 3000,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.blackHole('all')),
  },
  {
    name: 'replies that are delayed by two seconds',
    lengthMs: 4000,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.damage({ delayMs: 2000 })),
  },
  {
    name: 'connections that break in the middle of a reply',
    lengthMs: 1500,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.damage('cut')),
  },
  {
    name: 'replies that are garbage',
    lengthMs: 1500,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.damage('garbage')),
  },
];

const inFlightOf = [20, 5000];

/** What a cache promises in outages, as data. */
export const outageCases: readonly OutageCase[] = [
  ...kinds.flatMap(kind =>
    inFlightOf.map(inFlight => ({
      group: 'outages' as const,
      name: `${kind.name}, with ${inFlight.toLocaleString('en')} operations in flight`,
      run: (target: OutageTarget) => runOutage(target, kind, inFlight),
    })),
  ),
  {
    group: 'outages',
    name: 'an outage of 20 s',
    run: target => {
      const toFault = ofProxies(proxy => proxy.blackHole('all'));
      return runOutage(target, { name: '', lengthMs: 20_000, through: 'proxies', toFault }, 20);
    },
  },
  {
    group: 'outages',
    name: 'replies that arrive byte by byte are understood',
    run: target =>
      withCache(target, 'proxies', async ({ cache, proxies, states }) => {
        const fault = ofProxies(proxy => proxy.damage('trickle'))([], proxies);
        const measures = await measureOutage(cache, { fault, lengthMs: 500, inFlight: 20 });
        assertKept(measures, limitOf(DEFAULT_COMMAND_TIMEOUT_MS));
        if (measures.hits === 0) assert.fail('every get was a miss, where values are expected');
        assertStates(states(), ['available']);
      }),
  },
  {
    group: 'outages',
    name: 'an event loop that is blocked for longer than the command timeout is not an outage',
    run: target =>
      // Proxies are in this process, so each reply takes several turns of the event loop.
      withCache(target, 'proxies', async ({ cache, commandTimeoutMs, states }) => {
        await untilUsed(cache, 5000);
        for (let round = 0; round < 3; round++) {
          const values = Array.from({ length: 20 }, () => cache.get('recovered'));
          const written = cache.set('recovered', 'value');
          // Before anything is sent, and in the last round while it is on its way.
          if (round === 2) await new Promise(setImmediate);
          block(3 * commandTimeoutMs);
          const read = await Promise.all(values);
          const missed = read.filter(value => value !== 'value').length;
          if (missed > 0)
            assert.fail(`${missed} of 20 gets, issued before the process was busy, give no value, where all should`);
          await written;
          if ((await cache.get('recovered')) !== 'value') {
            assert.fail('a key that was set before the process was busy is a miss: its write was given up');
          }
        }
        assertStates(states(), ['available']);
      }),
  },
  {
    group: 'outages',
    name: 'a burst of 40,000 unanswered operations settles in time',
    run: target =>
      withCache(target, 'proxies', async ({ cache, commandTimeoutMs, proxies }) => {
        await untilUsed(cache, 5000);
        for (const proxy of proxies) proxy.blackHole('all');
        const startedAtMs = performance.now();
        const operations = Array.from({ length: 20_000 }, (_, index) => [
          cache.get(`key-${index}`),
          cache.set(`key-${index}`, index),
        ]);
        const values = await Promise.all(operations.flat());
        const tookMs = performance.now() - startedAtMs;
        const limitMs = limitOf(commandTimeoutMs) + LIMITS.burstMs;
        assert.ok(tookMs <= limitMs, `the last one took ${Math.round(tookMs)} ms, where ${limitMs} are allowed`);
        assert.ok(
          values.every(value => value === undefined),
          'something was read',
        );
      }),
  },
  {
    group: 'outages',
    name: 'a refusal is neither a value nor a success',
    run: target =>
      withCache(target, 'proxies', async ({ cache, proxies, addresses }) => {
        if (!target.refusal) {
          process.emitWarning('The outage suite tests no refusal: its target has no `refusal`');
          return;
        }
        await untilUsed(cache, 5000);
        const refuse = (request: string) => target.refusal?.(request) ?? '';
        const deadlineMs = performance.now() + 5000;
        // A node of a cluster may be told of the addresses of the proxies a moment later, and be gone to directly until then.
        while (!(await isRefused(target, await target.toOptions(addresses), proxies, refuse))) {
          if (performance.now() > deadlineMs)
            assert.fail('the driver writes nothing, or does not use the addresses that toOptions was given');
          await sleep(200);
        }
      }),
  },
  {
    group: 'outages',
    name: 'a server that is down at startup is used once it is up',
    run: async target => {
      let areDown = false;
      const killAll = async () => {
        areDown = true;
        await Promise.all(target.servers.map(server => server.kill()));
      };
      const startThem = async () => {
        if (areDown) await startAll(target);
        areDown = false;
      };
      try {
        const use = async ({ cache }: OpenedCache) => {
          const startedAtMs = performance.now();
          const absent = await cache.get('key');
          if (absent !== undefined) assert.fail('a get gives a value, with all servers down');
          await cache.set('key', 'value');
          await cache.delete('key');
          const tookMs = performance.now() - startedAtMs;
          const limitMs = 3 * limitOf(DEFAULT_COMMAND_TIMEOUT_MS);
          if (tookMs >= limitMs)
            assert.fail(`three operations took ${Math.round(tookMs)} ms, where ${limitMs} are allowed`);
          await startThem();
          await untilUsed(cache, LIMITS.recoveredMs + LIMITS.busyMs);
        };
        await withCache(target, 'processes', use, killAll);
      } finally {
        await startThem();
      }
    },
  },
  {
    group: 'outages',
    name: 'close during an outage settles in time and leaves nothing open',
    run: async target => {
      const before = openHandles();
      for (let count = 0; count < 3; count++) {
        await withCache(target, 'proxies', async ({ manager, cache, proxies }) => {
          await untilUsed(cache, 5000);
          for (const proxy of proxies) proxy.blackHole('all');
          const pending = Promise.all([cache.get('key'), cache.set('key', 1), cache.delete('key')]);
          const startedAtMs = performance.now();
          await manager.close();
          const tookMs = performance.now() - startedAtMs;
          const limitMs = 2000 + LIMITS.busyMs;
          if (tookMs > limitMs) assert.fail(`the close took ${Math.round(tookMs)} ms, where ${limitMs} are allowed`);
          await pending;
        });
      }
      const left = () => [...openHandles()].filter(([kind, open]) => open - (before.get(kind) ?? 0) >= 3);
      const deadlineMs = performance.now() + 1000;
      while (left().length > 0 && performance.now() < deadlineMs) await new Promise(setImmediate);
      if (left().length > 0) {
        const found = left().map(([what, open]) => `${open - (before.get(what) ?? 0)} of the kind ${what}`);
        assert.fail(`1 s after three caches were closed in an outage they have left ${found.join(', ')}`);
      }
    },
  },
  {
    group: 'outages',
    name: 'writes during an outage are not kept in memory',
    run: target =>
      withCache(target, 'proxies', async ({ cache, proxies, states }) => {
        await untilUsed(cache, 5000);
        for (const proxy of proxies) proxy.refuse();
        await waitFor(() => states().includes('unavailable'), 1000);
        const before = usedHeap();
        const writes = Array.from({ length: 5000 }, (_, index) =>
          cache.set(`key-${index}`, randomBytes(5000).toString('hex')),
        );
        await Promise.all(writes);
        writes.length = 0;
        // What is closed is let go a turn of the event loop later.
        await sleep(100);
        const grownBytes = usedHeap() - before;
        if (grownBytes >= LIMITS.heapBytes) {
          const text = `5,000 writes of 10 KB have left ${grownBytes} bytes in memory`;
          assert.fail(`${text}, where less than ${LIMITS.heapBytes} are allowed`);
        }
      }),
  },
];

async function runOutage(target: OutageTarget, kind: FaultKind, inFlight: number): Promise<void> {
  await withCache(target, kind.through, async ({ cache, pluginId, proxies, states, commandTimeoutMs, addresses }) => {
    const fault = kind.toFault(target.servers, proxies);
    let isOver = false;
    // Once: a server that runs is not started, nor one thawed that is not frozen.
    const untilReady = async () => {
      if (!isOver) await fault.end();
      isOver = true;
      await target.untilReady?.();
    };
    try {
      const plan = { fault: { begin: () => fault.begin(), end: untilReady }, lengthMs: kind.lengthMs, inFlight };
      const measures = await measureOutage(cache, plan);
      assertKept(measures, limitOf(commandTimeoutMs) + (inFlight > 1000 ? LIMITS.burstMs : 0));
      // With thousands at once a busy machine may take longer to notice.
      if (inFlight <= 1000) assertLater(measures);
      assertRecovered(measures, kind);
      // Of several servers the last one may come back when the store is used already.
      await waitFor(() => states().at(-1) === 'available', LIMITS.replacedMs);
      // Connections that are replaced before anything is known to be wrong are no outage.
      const outages = kind.endsByItself && states().length === 1 ? [] : ['unavailable', 'available'];
      assertStates(states(), ['available', ...outages]);
      await assertRemoved(target, addresses, pluginId, measures.writtenKeys);
    } finally {
      await untilReady();
    }
  });
}

/** `false`: what a new driver has sent did not go through the proxies. Fails when it takes a refusal for something else. */
async function isRefused(
  target: OutageTarget,
  options: unknown,
  proxies: readonly FaultProxy[],
  refuse: (request: string) => string,
): Promise<boolean> {
  const driver = target.driver.create(options, { connected: () => {}, disconnected: () => {} });
  try {
    const key = uniqueName();
    const operations: Readonly<Record<string, () => Awaitable<unknown>>> = {
      get: () => driver.get(key),
      set: () => driver.set(key, 'new', TTL_MS),
      delete: () => driver.delete(key),
    };
    const isWritten = await (async () => driver.set(key, 'old', TTL_MS))().then(
      () => true,
      () => false,
    );
    // A node of a cluster may not be connected yet.
    if (!isWritten) return false;
    for (const [name, operation] of Object.entries(operations)) {
      let refusals = 0;
      const answer = (request: string) => {
        if (request.includes(key)) refusals++;
        return refuse(request);
      };
      for (const proxy of proxies) proxy.damage({ answer });
      const settled = (async () => operation())().then(
        result => `resolves with ${show(result)}`,
        () => undefined,
      );
      // What is never answered is no success either: core gives it up.
      const resolved = await Promise.race([settled, sleep(1000, undefined, { ref: false })]);
      await Promise.all(proxies.map(proxy => proxy.heal()));
      if (refusals === 0) return false;
      if (resolved) assert.fail(`a ${name} that the server refuses ${resolved}, where it has to reject`);
    }
    return true;
  } finally {
    await driver.close();
  }
}

function limitOf(commandTimeoutMs: number): number {
  return commandTimeoutMs + LIMITS.settledMs + LIMITS.busyMs;
}

function assertKept(measures: OutageMeasures, limitMs: number): void {
  const { operations, unsettled, rejected, staleReads, wrongReads, longestMs } = measures;
  const counts = {
    'have not settled after 4 s': unsettled,
    rejected,
    'gave a value that a later write of the key had replaced or removed': staleReads,
    'gave what was never set under the key': wrongReads,
  };
  const wrong = Object.entries(counts).filter(([, count]) => count > 0);
  if (wrong.length > 0) {
    const found = wrong.map(([what, count]) => `${count} ${what}`);
    assert.fail(`of ${operations} operations ${found.join(', and ')}, where none is expected`);
  }
  if (longestMs > limitMs) {
    assert.fail(`the longest operation took ${Math.round(longestMs)} ms, where ${limitMs} are allowed`);
  }
}

function assertLater({ medianLaterMs }: OutageMeasures): void {
  const laterMs = LIMITS.laterMs + LIMITS.busyLaterMs;
  if (medianLaterMs > laterMs) {
    const text = `half of the operations later than 1 s into the outage took ${medianLaterMs} ms or more`;
    assert.fail(`${text}, where ${laterMs} are allowed`);
  }
}

function assertRecovered({ recoveredAfterMs, usableAfterMs }: OutageMeasures, kind: FaultKind): void {
  const tookMs = kind.endsByItself ? usableAfterMs : recoveredAfterMs;
  const limitMs = kind.endsByItself ? LIMITS.replacedMs : LIMITS.recoveredMs;
  const allowedMs = limitMs + LIMITS.busyMs;
  if (tookMs === undefined || tookMs > allowedMs) {
    const seen = tookMs === undefined ? 'is not used again within 6 s' : `is used again after ${Math.round(tookMs)} ms`;
    const since = kind.endsByItself ? 'the beginning of the fault' : 'the end of the fault';
    assert.fail(`the store ${seen}, counted from ${since}, where ${allowedMs} ms are allowed`);
  }
}

/** The old values are not only hidden in the process that has written: another one does not find them either. */
async function assertRemoved(
  target: OutageTarget,
  addresses: readonly Address[],
  pluginId: string,
  keys: readonly string[],
): Promise<void> {
  const driverOptions = await target.toOptions(addresses);
  const manager = createCacheManager({ driver: target.driver, driverOptions });
  try {
    const cache = manager.forPlugin(pluginId);
    await untilUsed(cache, 5000);
    const findOld = async () => {
      const values = await Promise.all(keys.map(key => cache.get(key)));
      return keys.filter((key, index) => values[index] === oldValueOf(key));
    };
    // Of several servers the last one may have come back just now.
    const deadlineMs = performance.now() + LIMITS.replacedMs;
    while ((await findOld()).length > 0 && performance.now() < deadlineMs) await sleep(50);
    const old = await findOld();
    if (old.length > 0) {
      const text = `another process still finds the old values of ${old.length} keys that were overwritten or deleted in the outage`;
      assert.fail(`${text}, such as "${old[0]}", ${LIMITS.replacedMs} ms after the store was used again`);
    }
  } finally {
    await manager.close();
  }
}

interface OpenedCache {
  readonly manager: CacheManager;
  readonly cache: CacheService;
  readonly pluginId: string;
  readonly proxies: readonly FaultProxy[];
  readonly addresses: readonly Address[];
  readonly commandTimeoutMs: number;
  readonly states: () => readonly CacheStateChange['state'][];
}

/** Gives a cache to a case, and closes everything whatever happens. Fails when an error was thrown where nobody catches it. */
async function withCache(
  target: OutageTarget,
  through: 'proxies' | 'processes',
  use: (opened: OpenedCache) => Promise<void>,
  prepare: () => Promise<void> = async () => {},
): Promise<void> {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown) => void uncaught.push(error);
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught);
  const proxies = through === 'proxies' ? await Promise.all(target.servers.map(createFaultProxy)) : [];
  const addresses = proxies.length > 0 ? proxies.map(({ address }) => address) : target.servers;
  const changes: CacheStateChange[] = [];
  const driverOptions = await target.toOptions(addresses);
  await prepare();
  const manager = createCacheManager({
    driver: target.driver,
    driverOptions,
    observer: { onStateChange: change => void changes.push(change) },
  });
  const pluginId = uniqueName();
  const commandTimeoutMs = target.driver.policy?.(driverOptions).commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
  const states = () => changes.map(({ state }) => state);
  const cache = manager.forPlugin(pluginId);
  try {
    await use({ manager, cache, pluginId, proxies, addresses, commandTimeoutMs, states });
    if (uncaught.length > 0)
      assert.fail(`${uncaught.length} errors that nobody has caught, such as ${String(uncaught[0])}`);
  } finally {
    await manager.close();
    await Promise.all(proxies.map(proxy => proxy.close()));
    process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught);
  }
}

/** The changes of state that the driver has told, by `host`. */
function assertStates(states: readonly string[], expected: readonly string[]): void {
  if (states.join() === expected.join()) return;
  assert.fail(`the driver has told that the store is ${states.join(', ')}, where ${expected.join(', ')} is expected`);
}

async function startAll(target: OutageTarget): Promise<void> {
  await Promise.all(target.servers.map(server => server.start()));
  await target.untilReady?.();
}

/** Resolves when it is so, or when it should have been. */
async function waitFor(isSo: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!isSo() && performance.now() < deadlineMs) await sleep(10);
}

async function untilUsed(cache: CacheService, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    await cache.set('recovered', 'value', { ttl: TTL_MS });
    if ((await cache.get('recovered')) === 'value') return;
    if (performance.now() >= deadlineMs) {
      assert.fail(
        `the store is not used, a value that was just set is a miss, after the ${withinMs} ms that are allowed`,
      );
    }
    await sleep(10);
  }
}
