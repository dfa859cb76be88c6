import * as bounds from './bounds';
import { checkNear } from './checkNear';
import { checkReads } from './checkReads';
import { compare, compareCpu, medianCpu } from './compare';
import { findMeasured } from './findMeasured';
import { median } from './median';
import type { Found, Measured, Results } from './results';
import { stores } from './openSubject';
import type { Subject } from './subject';
import { toChecks } from './toChecks';
import type { Check } from './toChecks';
import { operations } from './trial';

export function holds({ found, bound, side, noise = bounds.NOISE * bound }: Check): boolean {
  return side === 'at least' ? found >= bound - noise : found <= bound + noise;
}

/** A check, and all measured figures of which it uses the median. */
export interface SettledCheck extends Check {
  readonly measured: readonly number[];
}

/** All figures that have a bound and were measured. If a figure was measured again, it is the median. */
export function listChecks(results: Results): readonly SettledCheck[] {
  const again = new Map(results.again.map(({ what, found }) => [what, found]));
  return listFirstChecks(results).map(check => {
    const measured = [check.found, ...(again.get(check.what) ?? [])];
    return { ...check, measured, found: median(measured) };
  });
}

/** The same as {@link listChecks}, but only with the first measurement. */
export function listFirstChecks(results: Found): readonly Check[] {
  return [
    ...checkThroughput(results),
    ...checkBursts(results),
    ...checkCore(results),
    ...checkEncryption(results),
    ...checkGrowth('callers', results.callers, one => one.callers),
    ...checkGrowth('plugins', results.plugins, one => one.plugins),
    ...checkLargeStores(results),
    ...checkReads(results),
    ...checkNear(results),
    ...checkReadiness(results),
    ...checkMemory(results),
    ...checkClear(results),
  ];
}

function checkThroughput({ throughput }: Found): Check[] {
  return throughput.flatMap(other => {
    const { store, subject, size, operation } = other;
    const bound = subject.endsWith('-benchmark')
      ? undefined
      : bounds.findBound(store, subject as Subject, size, operation);
    const ours = findMeasured(throughput, { store, subject: 'greenroom', size, operation });
    if (bound === undefined || !ours) return [];
    return toChecks(`${store}, ${operation} of ${size} against ${subject}`, ours, other, bound);
  });
}

function checkBursts({ bursts }: Found): Check[] {
  return bursts.flatMap(other => {
    const bound = bounds.burstBounds[other.subject as Subject];
    const ours = findMeasured(bursts, { subject: 'greenroom', size: other.size });
    if (bound === undefined || !ours || other.size !== '100 B') return [];
    return toChecks(`redis, burst of gets against ${other.subject}`, ours, other, bound);
  });
}

function checkCore({ throughput }: Found): Check[] {
  return (['100 B', '1 KB'] as const).flatMap(size =>
    operations.flatMap(operation => {
      const of = (subject: Subject) => findMeasured(throughput, { subject, size, operation });
      const core = bounds.coreBoundsMicroseconds[operation];
      return [
        ...checkAdded(`core above JSON, ${operation} of ${size}, in us`, of('core'), of('JSON'), core),
        ...checkAdded(
          `metrics above none, ${operation} of ${size}, in us`,
          of('with metrics'),
          of('in a backend'),
          bounds.METRICS_BOUND_MICROSECONDS,
        ),
      ];
    }),
  );
}

function checkEncryption({ throughput }: Found): Check[] {
  return operations.flatMap(operation => {
    const of = (subject: Subject) => findMeasured(throughput, { subject, size: '1 KB', operation });
    const core = of('core, encrypting');
    const byHand = of('JSON, encrypting');
    if (!core || !byHand) return [];
    return [
      {
        what: `CPU of an encrypted ${operation} of 1 KB over that by hand`,
        found: compare(byHand, core).cpu,
        bound: bounds.ENCRYPTION_BOUND,
        side: 'at most',
        kinds: [core, byHand],
        gates: true,
      },
    ];
  });
}

/** Checks how much more CPU something costs than the same without it. */
function checkAdded(what: string, one: Measured | undefined, other: Measured | undefined, bound: number): Check[] {
  if (!one || !other) return [];
  // A small difference of two large figures, each of which has its noise.
  const noise = bounds.NOISE * medianCpu(one);
  return [{ what, found: compareCpu(one, other), bound, side: 'at most', noise, kinds: [one, other], gates: true }];
}

function checkGrowth(name: string, measured: readonly Measured[], countOf: (one: Measured) => number): Check[] {
  const ours = measured.filter(({ subject }) => subject === 'greenroom');
  const [first] = ours;
  if (!first) return [];
  return ours.slice(1).map(one => ({
    what: `CPU of a get with ${countOf(one)} ${name} over that with ${countOf(first)}`,
    found: compare(first, one).cpu,
    bound: bounds.GROWTH_BOUND,
    side: 'at most',
    kinds: [first, one],
    gates: true,
  }));
}

function checkLargeStores({ largeStores }: Found): Check[] {
  if (!largeStores) return [];
  const { fullKeys, measured } = largeStores;
  const compared = operations.flatMap(operation =>
    measured.filter(one => one.operation === operation).map(one => ({ operation, one })),
  );
  return compared.flatMap(({ operation, one }) => {
    const alone = findMeasured(measured, { operation });
    if (!alone || one.setting === 'alone') return [];
    const what = one.setting === 'cluster' ? 'in a cluster' : `beside ${fullKeys.toLocaleString('en')} keys`;
    return [
      {
        what: `CPU of a ${operation} ${what} over that with one Redis`,
        found: compare(alone, one).cpu,
        bound: one.setting === 'cluster' ? bounds.clusterBounds[operation] : bounds.GROWTH_BOUND,
        side: 'at most',
        kinds: [alone, one],
        gates: true,
      },
    ];
  });
}

function checkReadiness({ readiness }: Found): Check[] {
  return stores.flatMap(store => {
    const of = (subject: string) => readiness.find(one => one.store === store && one.subject === subject);
    const ours = of('greenroom');
    const builtIn = of('built-in');
    if (!ours || !builtIn) return [];
    return [
      {
        what: `${store}, connections of ${ours.plugins} plugins`,
        found: ours.connections,
        bound: 1,
        side: 'at most',
        gates: false,
      },
      {
        what: `${store}, readiness of ${ours.plugins} plugins against ${builtIn.plugins} of the built-in cache`,
        found: ours.readyMs / builtIn.readyMs,
        bound: bounds.readinessBounds[store],
        side: 'at most',
        gates: false,
      },
    ];
  });
}

function checkMemory({ memory, pauses }: Found): Check[] {
  if (!pauses) return [];
  const bytesOf = (subject: Subject) => memory.find(one => one.subject === subject)?.bytesPerEntry ?? NaN;
  const check = { side: 'at most', gates: false } as const;
  return [
    {
      ...check,
      what: 'bytes per entry in memory over lru-cache',
      found: bytesOf('greenroom') / bytesOf('lru-cache'),
      bound: bounds.MEMORY_BOUND,
    },
    ...(['evicting', 'sweeping'] as const).map(doing => ({
      ...check,
      what: `longest pause while ${doing}, in ms`,
      found: pauses.greenroom[doing].turnMs,
      bound: bounds.PAUSE_BOUND_MS,
    })),
  ];
}

function checkClear({ cleared }: Found): Check[] {
  const ours = cleared?.find(({ way }) => way === 'greenroom');
  if (!cleared || !ours) return [];
  const best = Math.min(...cleared.filter(({ way }) => way !== 'greenroom').map(({ tookMs }) => tookMs));
  const check = { side: 'at most', gates: false } as const;
  return [
    { ...check, what: 'clear over the best loop', found: ours.tookMs / best, bound: bounds.CLEAR_BOUND },
    {
      ...check,
      what: 'longest delay of another client by clear, in ms',
      found: ours.longestDelayMs,
      bound: bounds.CLEAR_DELAY_BOUND_MS,
    },
  ];
}
