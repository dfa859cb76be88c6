import { createCacheManager } from '../cacheManager';
import type { DriverGuard } from '../guard/driverGuard';
import type { NearGuardOptions } from '../guard/nearGuard';
import type * as nearGuard from '../guard/nearGuard';
import { plainRead } from '../guard/operation';
import { exploreNear, MAX_BYTES, maxStalenessMs } from './testSupport/exploreNear';
import type * as nearCache from './nearCache';
import type { NearCache } from './nearCache';
import type * as nearCopies from './nearCopies';
import type { NearCopies } from './nearCopies';
import { brokenNearGuards, withoutClose } from './testSupport/brokenNearGuards';
import type { CreateBrokenGuard } from './testSupport/brokenNearGuards';
import type { OpenProcess, PluginId } from './testSupport/exploreNear';

/** For manual runs: NEAR_SCHEDULES=100000 runs more schedules, and NEAR_SEED=2000 begins after those of the suite. */
const SCHEDULES = Number(process.env.NEAR_SCHEDULES ?? 2000);
const FIRST = Number(process.env.NEAR_SEED ?? 0);
/** Maximum number of schedules until a defect is found; so far, a few hundred suffice. */
const MOST = 10_000;
/** Thousands of schedules take seconds, but minutes when other programs use the CPUs. */
const TIMEOUT_MS = SCHEDULES * 300;

/** How the mocked modules make what they create; and the guards of the latest manager by maximum staleness, 0 for the guard below them. */
const mockMaking: {
  createNear: (near: NearCache) => NearCache;
  toMaxBytes: (maxBytes: number | undefined) => number | undefined;
  create: CreateBrokenGuard;
  guards: Map<number, DriverGuard>;
} = {
  createNear: near => near,
  toMaxBytes: maxBytes => maxBytes,
  create: (options, create) => create(options),
  guards: new Map(),
};
jest.mock('../guard/nearGuard', () => {
  const actual = jest.requireActual<typeof nearGuard>('../guard/nearGuard');
  return {
    ...actual,
    createNearGuard(options: NearGuardOptions) {
      const guard = mockMaking.create(options, actual.createNearGuard);
      mockMaking.guards.set(0, options.guard).set(options.maxStalenessMs, guard);
      return guard;
    },
  };
});

jest.mock('./nearCache', () => {
  const actual = jest.requireActual<typeof nearCache>('./nearCache');
  return { ...actual, createNearCache: (copies: NearCopies) => mockMaking.createNear(actual.createNearCache(copies)) };
});
jest.mock('./nearCopies', () => {
  const actual = jest.requireActual<typeof nearCopies>('./nearCopies');
  return {
    ...actual,
    createNearCopies: (maxBytes?: number) => actual.createNearCopies(mockMaking.toMaxBytes(maxBytes)),
  };
});

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const open: OpenProcess = (driver, observer) => {
  mockMaking.guards = new Map();
  const manager = createCacheManager({
    driver,
    driverOptions: {},
    observer,
    near: { maxStaleness: maxStalenessMs.one, maxBytes: MAX_BYTES },
    plugins: { two: { near: { maxStaleness: maxStalenessMs.two } }, three: { near: false } },
  });
  for (const pluginId of ['one', 'two']) manager.forPlugin(pluginId);
  const { guards } = mockMaking;
  const guardOf = (pluginId: PluginId) => guards.get(maxStalenessMs[pluginId]) as DriverGuard;
  const toKeys = (pluginId: PluginId) => ({ pluginId, keyPrefix: `${pluginId}:` });
  return {
    manager,
    getEntry: (pluginId, key) => guardOf(pluginId).getEntry(toKeys(pluginId), key, plainRead),
    pollEntry: (pluginId, key) => guardOf(pluginId).pollEntry(toKeys(pluginId), key),
  };
};

describe('the near cache', () => {
  it(
    `keeps its guarantees in ${SCHEDULES} schedules`,
    async () => {
      const explored = { reads: 0, near: 0, writes: 0 };
      for (let seed = FIRST; seed < FIRST + SCHEDULES; seed++) await exploreNear(seed, open, explored);
      // Enough reads were answered by a copy.
      expect(explored.near).toBeGreaterThan(SCHEDULES / 2);
    },
    TIMEOUT_MS,
  );
});

describe('the exploration of schedules', () => {
  async function findFailure(changes: Partial<typeof mockMaking>): Promise<string | undefined> {
    const right = { ...mockMaking };
    Object.assign(mockMaking, changes);
    try {
      for (let seed = 0; seed < MOST; seed++) await exploreNear(seed, open, { reads: 0, near: 0, writes: 0 });
    } catch (error) {
      return (error as Error).message.split('\n')[0];
    } finally {
      Object.assign(mockMaking, right);
    }
    return undefined;
  }

  it.each(Object.entries(brokenNearGuards))(
    'detects the defect: %s',
    async (_, { create, finds }) => {
      expect(await findFailure({ create })).toMatch(finds);
    },
    TIMEOUT_MS,
  );

  it('detects copies that are served after close', async () => {
    expect(await findFailure({ createNear: withoutClose })).toMatch(/after close/);
  });

  it('detects copies that take more bytes than maxBytes', async () => {
    expect(await findFailure({ toMaxBytes: () => 2 * MAX_BYTES })).toMatch(/take \d+ bytes/);
  });
});
