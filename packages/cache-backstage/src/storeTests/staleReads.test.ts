/** How old the reads of a near cache can be: with three processes, another client that writes, and faults of the store. */
import { join } from 'node:path';
import { createFaultProxy } from '@greenroom/cache-core/testing';
import {
  faults,
  openClusterTrial,
  openLostNodeTrial,
  openSentinelTrial,
  openTrialStores,
  runTrials,
} from '@greenroom/test-servers';
import type { Fault, Trial, TrialResult } from '@greenroom/test-servers';

const MAX_STALENESS_MS = 400;
const LENGTH_MS = 4000;
const processFile = join(__dirname, '../testSupport/readingProcess.mjs');

const { quiet, writeStorm, kill, freeze, blackHole } = faults;
const onServers: readonly (readonly ['redis' | 'valkey' | 'memcache', readonly Fault[]])[] = [
  ['redis', Object.values(faults)],
  ['valkey', [quiet, writeStorm, kill, freeze, blackHole]],
  ['memcache', [quiet, writeStorm, kill, freeze, blackHole]],
];
const onTopologies = [
  ['redis behind sentinels: failover', () => openSentinelTrial('redis')],
  ['valkey cluster: failover', () => openClusterTrial('valkey')],
  ['redis cluster: a node is lost and comes back', () => openLostNodeTrial('redis')],
] as const;

type BrokenTrial = Pick<Trial, 'maxStalenessMs' | 'broken'> & { readonly fault: Fault; readonly isOwn?: true };
/** Near caches that break the promise in one way each, with the fault that shows it. */
const brokenCaches: readonly (readonly [string, BrokenTrial])[] = [
  ['keeps copies for twice maxStaleness', { fault: writeStorm, maxStalenessMs: 2 * MAX_STALENESS_MS }],
  [
    'counts the age of copies from the reply instead of the request',
    { fault: faults.lateReplies, broken: 'agesFromReply' },
  ],
  ['relies on a timer to drop copies', { fault: faults.blockedLoop, broken: 'dropsByTimer' }],
  ['keeps serving copies while the store is away', { fault: blackHole, broken: 'servesWhileAway' }],
  ['keeps copies of keys that its own process has written', { fault: quiet, broken: 'ignoresOwnWrites', isOwn: true }],
];

const results = new Map<string, TrialResult>();
const resultOf = (name: string): TrialResult => {
  const result = results.get(name);
  if (!result) throw new Error(`No trial: ${name}`);
  return result;
};
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const started = await Promise.all([
    ...onServers.map(async ([store, ofStore]) => {
      const { stores, stop } = await openTrialStores(store, ofStore, createFaultProxy);
      stops.push(stop);
      return ofStore.map((fault, index): [string, Trial] => [
        `${store}: ${fault.name}`,
        { fault, in: stores[index] as Trial['in'], maxStalenessMs: MAX_STALENESS_MS },
      ]);
    }),
    ...onTopologies.map(async ([name, open]): Promise<[string, Trial][]> => {
      const { trial, stop } = await open();
      stops.push(stop);
      return [[name, { ...trial, maxStalenessMs: MAX_STALENESS_MS }]];
    }),
  ]);
  const trials = started.flat();
  const onRedis = new Map(trials.map(([, trial]) => [trial.fault.name, trial.in] as const).toReversed());
  for (const [name, { fault, isOwn: _, ...broken }] of brokenCaches) {
    const on = onRedis.get(fault.name) as Trial['in'];
    trials.push([
      name,
      { maxStalenessMs: MAX_STALENESS_MS, ...broken, maxAgeMs: MAX_STALENESS_MS, fault: withoutChange(fault), in: on },
    ]);
  }
  const found = await runTrials(
    trials.map(([, trial]) => trial),
    { processFile, lengthMs: LENGTH_MS },
  );
  trials.forEach(([name], index) => results.set(name, found[index] as TrialResult));
});

afterAll(() => Promise.all(stops.map(stop => stop())));

/** Another trial on the same server, or through the same proxy, already makes the fault. */
function withoutChange(fault: Fault): Fault {
  return { ...fault, run: ({ part }) => part(1) };
}

const nothingWrong = { tooOld: 0, impossible: 0, examples: [] };

describe(`three processes with a near cache of maxStaleness ${MAX_STALENESS_MS} ms, while another client writes`, () => {
  const names = [
    ...onServers.flatMap(([store, ofStore]) => ofStore.map(({ name }) => `${store}: ${name}`)),
    ...onTopologies.map(([name]) => name),
  ];

  it.each(names)('read nothing older than maxStaleness: %s', name => {
    const { all, own, wrong, foreignWrites, operations } = resultOf(name);
    expect(all).toMatchObject(nothingWrong);
    expect(own).toMatchObject(nothingWrong);
    expect(wrong).toBe(0);
    expect(foreignWrites).toBeGreaterThan(3);
    expect(all.hits).toBeGreaterThan(50);
    expect(operations.near).toBeGreaterThan(50);
  });

  it('read some stale versions during a write storm', () => {
    for (const [store] of onServers) expect(resultOf(`${store}: ${writeStorm.name}`).all.oldestMs).toBeGreaterThan(0);
  });
});

describe('a broken near cache', () => {
  it.each(brokenCaches)('is detected when it %s', (name, { isOwn }) => {
    const { all, own } = resultOf(name);
    expect((isOwn ? own : all).tooOld).toBeGreaterThan(0);
    expect((isOwn ? own : all).examples).not.toEqual([]);
  });
});
