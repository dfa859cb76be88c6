import type { CacheDriver } from '../contract/driver';
import { createNearCopies } from '../near/nearCopies';
import { createDriverGuard } from '../guard/driverGuard';
import { createKeyCache } from '../keys/keyCache';
import { createExtendedCache } from './extendedCache';
import { createFlights } from './flights';
import { createPluginStore } from './pluginStore';
import { createShield } from './shield';
import { DEADLINE_MS, exploreProcesses } from './testSupport/exploreProcesses';
import type { ProcessUnderTest } from './testSupport/exploreProcesses';
import type { Schedule } from './testSupport/schedule';

const SCHEDULES = 1000;
const PROCESSES = 3;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** The entries of the store, which all processes share. */
type Entries = Map<string, { readonly text: string; readonly untilMs: number }>;

/** A driver whose operations take effect in the order of their calls, at any time, and are answered in any order. */
function createRacingDriver({ later }: Schedule, process: number, entries: Entries): CacheDriver {
  let before: Promise<unknown> = Promise.resolve();
  const run = <T>(name: string, effect: () => T): Promise<T> => {
    const result = before.then(() => later(`${name} of process ${process} takes effect`, effect));
    before = result;
    return result.finally(() => later(`${name} of process ${process} is answered`, () => {}));
  };
  const find = (key: string) => {
    const entry = entries.get(key);
    return entry && entry.untilMs > Date.now() ? entry.text : undefined;
  };
  const set = (key: string, text: string, ttlMs: number) =>
    void entries.set(key, { text, untilMs: Date.now() + ttlMs });
  return {
    get: key => run(`get of ${key}`, () => find(key)),
    set: (key, text, ttlMs = Infinity) => run(`set of ${key} to ${text}`, () => set(key, text, ttlMs)),
    add: (key, text, ttlMs) =>
      run(`add of ${key}`, () => {
        if (find(key) !== undefined) return false;
        set(key, text, ttlMs);
        return true;
      }),
    delete: key => run(`delete of ${key}`, () => void entries.delete(key)),
    close: async () => {},
  };
}

function openProcesses(schedule: Schedule, change: (driver: CacheDriver) => Partial<CacheDriver> = () => ({})) {
  const entries: Entries = new Map();
  return Array.from({ length: PROCESSES }, (_, index): ProcessUnderTest => {
    const driver = createRacingDriver(schedule, index, entries);
    const guard = createDriverGuard({
      store: 'racing',
      createDriver: () => ({ ...driver, ...change(driver) }),
      probeKey: 'probe',
      commandTimeoutMs: DEADLINE_MS,
      verifyEntries: false,
      observer: {},
    });
    const flights = createFlights();
    const copies = createNearCopies();
    const shield = createShield(copies);
    const caches = { guard, keyCache: createKeyCache(), flights, copies, shield, eventsOf: () => ({}) };
    const store = createPluginStore({ pluginId: 'p', keyPrefix: 'p:' }, caches);
    return { cache: createExtendedCache(store, flights, Infinity), flights };
  });
}

describe('processes that share leases', () => {
  it(`load a key one at a time, and never while there is a fresh value, in ${SCHEDULES} schedules`, async () => {
    for (let seed = 0; seed < SCHEDULES; seed++) await exploreProcesses(seed, schedule => openProcesses(schedule));
  });
});

describe('the exploration of processes', () => {
  it.each<[string, (driver: CacheDriver) => Partial<CacheDriver>]>([
    ['an add that always succeeds', () => ({ add: async () => true })],
    [
      'leases that expire after 1 ms',
      ({ add }) => ({ add: async (key, text) => (await add?.(key, text, 1)) === true }),
    ],
    [
      'values that are stored after the lease is given back',
      ({ set }) => ({ set: (...call) => void setTimeout(() => void set(...call), 10) }),
    ],
  ])('detects %s', async (_what, change) => {
    const exploreAll = async () => {
      for (let seed = 0; seed < SCHEDULES; seed++) {
        await exploreProcesses(seed, schedule => openProcesses(schedule, change));
      }
    };
    await expect(exploreAll()).rejects.toThrow(/runs beside|where there is a fresh value/);
  });
});
