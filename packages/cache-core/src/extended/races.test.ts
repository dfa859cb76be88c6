import { CacheError } from '../contract/cacheError';
import type { CacheService } from '../contract/cacheService';
import type { CacheDriver, DriverHost } from '../contract/driver';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import { createKeyCache } from '../keys/keyCache';
import { createNearCopies } from '../near/nearCopies';
import { createDriverGuard } from '../guard/driverGuard';
import { createExtendedCache } from './extendedCache';
import { createFlights } from './flights';
import type { Flights } from './flights';
import { createForeignStore } from './foreignStore';
import { createKeyedWrites } from './keyedWrites';
import type { KeyedWrites } from './keyedWrites';
import { createPluginStore } from './pluginStore';
import { createShield } from './shield';
import type { Shield } from './shield';
import { exploreRaces } from './testSupport/exploreRaces';
import type { RaceTarget } from './testSupport/exploreRaces';
import type { Schedule } from './testSupport/schedule';

const SCHEDULES = 3000;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** A cache in which operations take effect, and are answered, in any order. */
function createRacingCache({ later, chance }: Schedule): CacheService {
  const entries = new Map<string, { readonly value: JsonValue; readonly untilMs: number }>();
  const run = async <T>(name: string, effect: () => T): Promise<T> => {
    const result = await later(`${name} takes effect`, effect);
    return later(`${name} is answered`, () => result);
  };
  const cache: CacheService = {
    get: <T extends JsonValue>(key: string) =>
      run(`get of ${key}`, () => {
        if (chance(0.05)) throw new Error('A fault');
        const entry = entries.get(key);
        return entry && entry.untilMs > Date.now() ? (structuredClone(entry.value) as T) : undefined;
      }),
    set: (key, value, options) =>
      run(`set of ${key} to ${JSON.stringify(value)}`, () => {
        entries.set(key, { value, untilMs: Date.now() + (options?.ttl as number) });
      }),
    delete: key => run(`delete of ${key}`, () => void entries.delete(key)),
    withOptions: () => cache,
  };
  return cache;
}

function open(
  schedule: Schedule,
  flights: Flights = createFlights(),
  writes: KeyedWrites = createKeyedWrites(),
): RaceTarget {
  const store = createForeignStore(createRacingCache(schedule), writes);
  return { cache: createExtendedCache(store, flights, undefined), flights, canClear: false, losesWrites: false };
}

describe('an extended cache over a foreign cache service', () => {
  it(`returns no outdated value and runs one load of a key at a time in ${SCHEDULES} schedules`, async () => {
    for (let seed = 0; seed < SCHEDULES; seed++) await exploreRaces(seed, schedule => open(schedule));
  });
});

/** The cache of a plugin over a driver with one connection: operations take effect in their order, and fail in outages. */
function openPlugin(
  schedule: Schedule,
  order: (effect: Promise<unknown>) => Promise<unknown> = effect => effect,
  changeShield: (shield: Shield) => Shield = shield => shield,
): RaceTarget {
  const { later, chance } = schedule;
  const entries = new Map<string, { readonly text: string; readonly untilMs: number }>();
  let before: Promise<unknown> = Promise.resolve();
  let isAway = false;
  let host: DriverHost | undefined;

  const run = async <T>(name: string, effect: () => T): Promise<T> => {
    const result = order(before).then(() =>
      later(`${name} takes effect`, () => {
        if (isAway || chance(0.03)) throw new CacheError('CACHE_UNAVAILABLE', 'A fault');
        return effect();
      }),
    );
    before = result.catch(() => {});
    return result.finally(() => later(`${name} is answered`, () => {}));
  };
  const find = (key: string) => {
    const entry = entries.get(key);
    return entry && entry.untilMs > Date.now() ? entry.text : undefined;
  };
  const driver: CacheDriver = {
    get: key => run(`get of ${key}`, () => find(key)),
    getMany: keys => run(`get of ${keys.join(' and ')}`, () => keys.map(find)),
    set: (key, text, ttlMs = Infinity) =>
      run(`set of ${key} to ${text}`, () => void entries.set(key, { text, untilMs: Date.now() + ttlMs })),
    delete: key => run(`delete of ${key}`, () => void entries.delete(key)),
    clear: prefix =>
      run(`clear of ${prefix}`, () => {
        for (const key of [...entries.keys()]) if (key.startsWith(prefix)) entries.delete(key);
      }),
    close: async () => {},
  };
  const copies = createNearCopies();
  const shield = changeShield(createShield(copies));
  const guard = createDriverGuard({
    store: 'racing',
    createDriver: driverHost => {
      host = driverHost;
      return driver;
    },
    probeKey: 'probe',
    // So long that no deadline expires: fake timers do not advance the clock of the deadlines.
    commandTimeoutMs: 2 ** 30,
    verifyEntries: false,
    observer: {},
    recovered: () => shield.clear(),
  });
  const setAway = (away: boolean) => {
    schedule.trace.push(away ? 'the store goes away' : 'the store is back');
    isAway = away;
    if (away) host?.disconnected(new CacheError('CACHE_UNAVAILABLE', 'Away'));
    else host?.connected();
  };
  const flights = createFlights();
  const store = createPluginStore(
    { pluginId: 'p', keyPrefix: 'p:' },
    { guard, keyCache: createKeyCache(), flights, copies, shield, eventsOf: () => ({}) },
  );
  return {
    cache: createExtendedCache(store, flights, Infinity),
    flights,
    canClear: true,
    losesWrites: true,
    actions: [() => chance(0.5) && setAway(!isAway)],
    calm: () => setAway(false),
  };
}

describe('the extended cache of a plugin', () => {
  it(`returns no outdated value and runs one load of a key at a time in ${SCHEDULES} schedules with outages and clears`, async () => {
    for (let seed = 0; seed < SCHEDULES; seed++) await exploreRaces(seed, schedule => openPlugin(schedule));
  });
});

describe('the exploration of races', () => {
  async function findFailure(openBroken: (schedule: Schedule) => RaceTarget): Promise<string> {
    for (let seed = 0; seed < SCHEDULES; seed++) {
      try {
        await exploreRaces(seed, openBroken);
      } catch (error) {
        return (error as Error).message;
      }
    }
    return 'nothing';
  }

  it('detects a change that does not detach the running load', async () => {
    const message = await findFailure(schedule => open(schedule, { ...bind(createFlights()), detach: () => {} }));
    expect(message).toMatch(/older than/);
  });

  it('detects overlapping writes of a key', async () => {
    const writes: KeyedWrites = { write: async (_, write) => write(), settled: () => undefined };
    expect(await findFailure(schedule => open(schedule, createFlights(), writes))).toMatch(/older than/);
  });

  it('detects a store whose operations overtake each other', async () => {
    expect(await findFailure(schedule => openPlugin(schedule, () => Promise.resolve()))).toMatch(/older than/);
  });

  it('detects a shield that keeps a value loaded before a change', async () => {
    const keep = (shield: Shield): Shield => ({ ...bindShield(shield), drop: () => {}, dropAll: () => {} });
    expect(await findFailure(schedule => openPlugin(schedule, undefined, keep))).toMatch(/older than/);
  });

  it('detects a shield that serves an expired value', async () => {
    const serve = (shield: Shield): Shield => {
      const kept = new Map<string, Entry>();
      return {
        ...bindShield(shield),
        keep: (key, entry) => void kept.set(key, { ...entry, freshUntilMs: Infinity }),
        find: key => kept.get(key),
        drop: key => void kept.delete(key),
      };
    };
    expect(await findFailure(schedule => openPlugin(schedule, undefined, serve))).toMatch(
      /whose life was over|older than/,
    );
  });

  it('detects loads that do not wait for each other', async () => {
    const message = await findFailure(schedule => open(schedule, { ...bind(createFlights()), find: () => undefined }));
    expect(message).toMatch(/runs beside/);
  });
});

function bindShield(shield: Shield): Shield {
  return {
    find: key => shield.find(key),
    keep: (...call) => shield.keep(...call),
    drop: key => shield.drop(key),
    dropAll: prefix => shield.dropAll(prefix),
    clear: () => shield.clear(),
  };
}

function bind(flights: Flights): Flights {
  return {
    get size() {
      return flights.size;
    },
    find: (...call) => flights.find(...call),
    start: (...call) => flights.start(...call),
    detach: key => flights.detach(key),
    detachAll: prefix => flights.detachAll(prefix),
    end: flight => flights.end(flight),
  };
}
