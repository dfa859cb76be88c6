import { sendCommands } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { askAll, interleaveStarted } from './interleave';
import { joinStarts } from './joinStarts';
import { CALLERS } from './measureThroughput';
import { measureNearMemory } from './measureNearMemory';
import { stores } from './openSubject';
import type { Access } from './openSubject';
import type { Plan } from './plan';
import type { Measured, NearResults } from './results';
import { sizes } from './sample';
import type { Size } from './sample';
import { startServer } from './startServer';
import { startSubject } from './startSubject';
import type { StartedSubject } from './startSubject';
import type { Subject } from './subject';
import type { Operation } from './trial';

/** Shares of hot keys, in %. */
const hotPercents = [50, 90, 99] as const;
export const callerCounts = [1, CALLERS] as const;

const ours: readonly Subject[] = ['greenroom', 'greenroom, near'];
const peers: readonly Subject[] = ['bentocache, two layers', 'cacheable, two layers'];
/** Number of keys when all of them are hot. */
const HOT_KEYS = 20;
/** Room for about half of the keys: more than the hot keys and the others that are read between two reads of a hot one. */
const room: Readonly<Record<Size, Required<NonNullable<Access['near']>>>> = {
  '100 B': { maxBytes: 320 * 1024, maxEntries: 500 },
  '1 KB': { maxBytes: 3 * 1024 ** 2, maxEntries: 500 },
  '50 KB': { maxBytes: 13 * 1024 ** 2, maxEntries: 50 },
};

/** Measures reads with a near cache, next to reads without one and to other caches with a layer in the process. */
export async function measureNear(plan: Plan, report: (what: string) => void): Promise<NearResults> {
  const hot: Measured[] = [];
  for (const store of stores.filter(name => name !== 'memory')) {
    report(`${store}: hot keys with a near cache`);
    const isCompared = store === 'redis' && plan.generalCaches;
    hot.push(...(await withServer(store, server => measureHot(server, store, isCompared, plan))));
  }
  const mixed = await withServer('redis', async server => {
    const measured: Measured[] = [];
    for (const size of sizes) {
      report(`redis: hot and other keys with a near cache, ${size}`);
      measured.push(...(await measureMixed(server, size, plan)));
    }
    return measured;
  });
  if (plan.only) return { hot, mixed, memory: [] };
  report('memory of near caches');
  const memory = await withServer('redis', server => measureNearMemory(server.url, plan.generalCaches));
  return { hot, mixed, memory };
}

async function measureHot(
  server: TestServer,
  store: 'redis' | 'valkey' | 'memcache',
  isCompared: boolean,
  plan: Plan,
): Promise<readonly Measured[]> {
  const subjects = [...ours, ...(isCompared ? peers : [])];
  const question = { size: '100 B', burst: 1, plugins: 1, durationMs: plan.nearTrialMs } as const;
  const gets = callerCounts.map(callers => ({ ...question, operation: 'get', callers, keys: HOT_KEYS }) as const);
  const sets = (['100 B', '1 KB'] as const).map(
    size => ({ ...question, operation: 'set', callers: CALLERS, size }) as const,
  );
  const measured: Measured[] = [];
  // Sets are measured in processes that have not read anything, as their bound is that of a plugin that only writes.
  for (const questions of [gets, sets]) {
    const start = () => subjects.map(subject => startSubject(subject, store, { connection: server.url }));
    measured.push(...(await joinStarts(plan, part => interleaveStarted(start(), askAll(questions), part))));
  }
  return measured;
}

async function measureMixed(server: TestServer, size: Size, plan: Plan): Promise<readonly Measured[]> {
  const { nearRounds, nearTrialMs, generalCaches } = plan;
  const access = { connection: server.url, near: room[size] };
  const started = [...ours, ...(generalCaches ? peers : [])].map(subject =>
    countStoreReads(startSubject(subject, 'redis', access), server),
  );
  const question = { size, burst: 1, plugins: 1, durationMs: nearTrialMs } as const;
  const toTurns = (subjects: readonly StartedSubject[]) =>
    hotPercents.flatMap(hotPercent =>
      callerCounts.flatMap(callers =>
        subjects.flatMap(one => {
          const asked: readonly Operation[] = one.subject === 'greenroom, near' ? ['get', 'getFrozen'] : ['get'];
          return asked.map(operation => ({
            started: one,
            question: { ...question, operation, callers, hotPercent },
          }));
        }),
      ),
    );
  return interleaveStarted(started, toTurns, { ...plan, rounds: nearRounds });
}

/** Adds the share of the reads that did not reach the server, by the server's own count. */
function countStoreReads(started: StartedSubject, server: TestServer): StartedSubject {
  return {
    ...started,
    async run(question) {
      // A trial of 0 ms fills the near cache first, because the server would count those reads too.
      await started.run({ ...question, durationMs: 0 });
      const before = await readHits(server);
      const trial = await started.run({ ...question, isFilled: true });
      const storeReads = (await readHits(server)) - before;
      return { ...trial, nearPercent: (1 - storeReads / (trial.operations ?? NaN)) * 100 };
    },
  };
}

async function readHits(server: TestServer): Promise<number> {
  const [information] = await sendCommands(server, [['INFO', 'stats']]);
  return Number(/keyspace_hits:(\d+)/.exec(String(information))?.[1]);
}

async function withServer<Result>(
  store: 'redis' | 'valkey' | 'memcache',
  use: (server: TestServer) => Promise<Result>,
): Promise<Result> {
  const server = await startServer(store);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
