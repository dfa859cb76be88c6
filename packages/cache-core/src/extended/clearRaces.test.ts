import assert from 'node:assert/strict';
import type { CacheDriver } from '../contract/driver';
import { CacheError } from '../contract/cacheError';
import { createKeyCache } from '../keys/keyCache';
import { createNearCopies } from '../near/nearCopies';
import { createDriverGuard } from '../guard/driverGuard';
import { createExtendedCache } from './extendedCache';
import { createFlights } from './flights';
import { createPluginStore } from './pluginStore';
import { createShield } from './shield';
import { happenAll, turn, withSchedule } from './testSupport/schedule';
import type { Schedule } from './testSupport/schedule';

const SCHEDULES = 1000;
const STEPS = 50;
const keys = ['x', 'y'];
/** Paths of the namespaces that are cleared: one is inside another, and one has a name that begins like theirs. */
const paths = [[], ['a'], ['a', 'b'], ['ab']];

/**
 * A driver with a pool of connections: operations on different keys take effect in any order, and so do the steps of a clear, which finds
 * its keys and removes them one by one.
 */
function createPoolDriver({ later, chance }: Schedule, asksWhatWasSet: boolean, faults: number): CacheDriver {
  const entries = new Map<string, string>();
  const lanes = new Map<string, Promise<unknown>>();
  const run = <T>(name: string, effect: () => T): Promise<T> =>
    later(name, () => {
      if (chance(faults)) throw new CacheError('CACHE_UNAVAILABLE', 'A fault');
      return effect();
    });
  const onKey = async <T>(key: string, name: string, effect: () => T): Promise<T> => {
    const result = Promise.resolve(lanes.get(key)).then(() => run(`${name} ${key}`, effect));
    lanes.set(
      key,
      result.catch(() => {}),
    );
    return result;
  };
  return {
    get: key => onKey(key, 'get', () => entries.get(key)),
    set: (key, text) => onKey(key, `set to ${text}`, () => void entries.set(key, text)),
    delete: key => onKey(key, 'delete', () => void entries.delete(key)),
    clear: async (prefix, wasSetSince = () => false) => {
      const found = await run(`scan of ${prefix}`, () => [...entries.keys()].filter(key => key.startsWith(prefix)));
      for (const key of found) {
        await run(`step of the clear of ${prefix}`, () => {});
        if (!asksWhatWasSet || !wasSetSince(key)) await onKey(key, 'removal of', () => void entries.delete(key));
      }
    },
    close: async () => {},
  };
}

/** Runs sets, deletes, gets and clears in any order. Throws when one of them does not take effect in the order in which it was issued. */
function explore(seed: number, changed: Partial<Conditions> = {}): Promise<void> {
  return withSchedule(seed, schedule => play(schedule, { asksWhatWasSet: true, faults: 0, ...changed }));
}

interface Conditions {
  readonly asksWhatWasSet: boolean;
  readonly faults: number;
}

async function play(schedule: Schedule, { asksWhatWasSet, faults }: Conditions): Promise<void> {
  const guard = createDriverGuard({
    store: 'racing',
    createDriver: () => createPoolDriver(schedule, asksWhatWasSet, faults),
    probeKey: 'probe',
    // So long that no deadline expires: fake timers do not advance the clock of the deadlines.
    commandTimeoutMs: 2 ** 30,
    verifyEntries: false,
    observer: {},
  });
  const flights = createFlights();
  const copies = createNearCopies();
  const store = createPluginStore(
    { pluginId: 'p', keyPrefix: 'p:' },
    { guard, keyCache: createKeyCache(), flights, copies, shield: createShield(copies), eventsOf: () => ({}) },
  );
  const root = createExtendedCache(store, flights, Infinity);
  const spaces = paths.map(path => ({
    path: path.join('/'),
    cache: path.reduce((cache, name) => cache.namespace(name), root),
  }));
  /** By namespace and key, the number of the latest set, or 0 after a delete or clear. */
  const values = new Map<string, number>();
  /** The number of the oldest set that may still be read. */
  const oldest = new Map<string, number>();
  const calls = new Set<Promise<unknown>>();
  let failure: unknown;
  let number = 0;

  const track = (call: Promise<unknown>) => {
    const done = call.catch((error: unknown) => void (failure ??= error)).finally(() => calls.delete(done));
    calls.add(done);
  };
  const isInside = (path: string, cleared: string) =>
    cleared === '' || path === cleared || path.startsWith(`${cleared}/`);
  const check = async ({ path, cache }: (typeof spaces)[number], key: string, isFinal = false) => {
    const name = `${path} ${key}`;
    const least = oldest.get(name) ?? 0;
    const found = (await cache.get<number>(key)) ?? 0;
    if (isFinal && faults === 0) assert.equal(found, values.get(name) ?? 0, `${name} has another value in the end`);
    else assert.ok(found === 0 || found >= least, `${name}: ${found} is older than ${least}`);
  };
  /** Reads must see a write from its call on; with faults, only once it has settled. */
  const change = (names: readonly string[], value: number, write: Promise<void>) => {
    const count = ++number;
    const counts = () => {
      for (const name of names) oldest.set(name, Math.max(oldest.get(name) ?? 0, count));
    };
    for (const name of names) values.set(name, value);
    if (faults === 0) counts();
    track(write.then(counts));
  };
  const actions: readonly (() => void)[] = [
    () => {
      const [{ path, cache }, key, value] = [schedule.pick(spaces), schedule.pick(keys), number + 1];
      schedule.trace.push(`set ${path} ${key} ${value}`);
      change([`${path} ${key}`], value, cache.set(key, value));
    },
    () => {
      const [{ path, cache }, key] = [schedule.pick(spaces), schedule.pick(keys)];
      schedule.trace.push(`delete ${path} ${key}`);
      change([`${path} ${key}`], 0, cache.delete(key));
    },
    () => {
      const { path: cleared, cache } = schedule.pick(spaces);
      schedule.trace.push(`clear ${cleared}`);
      const inside = spaces.filter(({ path }) => isInside(path, cleared));
      const names = inside.flatMap(({ path }) => keys.map(key => `${path} ${key}`));
      change(names, 0, cache.clear());
    },
    () => track(check(schedule.pick(spaces), schedule.pick(keys))),
    ...Array.from({ length: 6 }, () => () => void schedule.happen()),
  ];
  for (let step = 0; step < STEPS; step++) {
    schedule.pick(actions)();
    await turn();
    if (failure) throw failure as Error;
  }
  // What has failed is tried again after some ms, for which fake timers must advance.
  await happenAll(schedule, 1000);
  for (const space of spaces) for (const key of keys) track(check(space, key, true));
  await happenAll(schedule, 1000);
  if (failure) throw failure as Error;
  assert.equal(calls.size, 0, 'calls have not settled');
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('clears, sets and deletes', () => {
  it(`take effect in the order of their calls in ${SCHEDULES} schedules`, async () => {
    for (let seed = 0; seed < SCHEDULES; seed++) await explore(seed);
  });

  it(`never bring back an older value in ${SCHEDULES} schedules with faults`, async () => {
    for (let seed = 0; seed < SCHEDULES; seed++) await explore(seed, { faults: 0.1 });
  });

  it('fail the exploration when a clear of the driver removes keys that were set meanwhile', async () => {
    const find = async () => {
      for (let seed = 0; seed < SCHEDULES; seed++) await explore(seed, { asksWhatWasSet: false });
    };
    await expect(find()).rejects.toThrow('has another value in the end');
  });
});
