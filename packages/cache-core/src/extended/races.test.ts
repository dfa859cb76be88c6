import type { CacheService } from '../contract/cacheService';
import type { JsonValue } from '../contract/jsonValue';
import { createExtendedCache } from './extendedCache';
import { createFlights } from './flights';
import type { Flights } from './flights';
import { createForeignStore } from './foreignStore';
import { createKeyedWrites } from './keyedWrites';
import type { KeyedWrites } from './keyedWrites';
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
  return { cache: createExtendedCache(store, flights, undefined), flights, canClear: false };
}

describe('an extended cache over a foreign one', () => {
  it(`keeps its promises in ${SCHEDULES} schedules`, async () => {
    for (let seed = 0; seed < SCHEDULES; seed++) await exploreRaces(seed, schedule => open(schedule));
  });
});

describe('the exploration finds', () => {
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

  it('a change that does not detach the load that runs', async () => {
    const message = await findFailure(schedule => open(schedule, { ...bind(createFlights()), detach: () => {} }));
    expect(message).toMatch(/older than/);
  });

  it('writes of a key that overlap', async () => {
    const writes: KeyedWrites = { write: async (_, write) => write(), settled: () => undefined };
    expect(await findFailure(schedule => open(schedule, createFlights(), writes))).toMatch(/older than/);
  });

  it('loads that do not wait for each other', async () => {
    const message = await findFailure(schedule => open(schedule, { ...bind(createFlights()), find: () => undefined }));
    expect(message).toMatch(/runs beside/);
  });
});

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
