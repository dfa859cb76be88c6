import * as bounds from './bounds';
import { compare, compareCpu, medianCpu } from './compare';
import { findMeasured } from './findMeasured';
import type { Found } from './results';
import { stores } from './openSubject';
import { toChecks } from './toChecks';
import type { Check } from './toChecks';

/** The checks of reads other than a plain get. */
export function checkReads(results: Found): readonly Check[] {
  return [...checkHits(results), ...checkStampedes(results), ...checkFrozen(results)];
}

function checkHits({ hits }: Found): Check[] {
  return stores.flatMap(store => {
    const get = findMeasured(hits, { store, subject: 'greenroom', operation: 'get' });
    const getOrSet = findMeasured(hits, { store, subject: 'greenroom', operation: 'getOrSet' });
    if (!get || !getOrSet) return [];
    return [
      {
        what: `${store}, a hit by getOrSet above a get, in us`,
        found: compareCpu(getOrSet, get),
        bound: bounds.HIT_BOUND_MICROSECONDS,
        side: 'at most',
        kinds: [getOrSet, get],
        // A small difference of two larger figures, so the noise of both counts.
        noise: bounds.NOISE * (medianCpu(get) + medianCpu(getOrSet)),
        gates: true,
      },
    ];
  });
}

function checkStampedes({ stampedes }: Found): Check[] {
  const ours = stampedes.filter(({ subject }) => subject === 'greenroom');
  return ours.map(({ store, trials }) => ({
    what: `${store}, loads of a stampede`,
    found: Math.max(...trials.map(({ loads = NaN }) => loads)),
    bound: bounds.STAMPEDE_BOUND,
    side: 'at most',
    noise: 0,
    gates: true,
  }));
}

function checkFrozen({ frozen }: Found): Check[] {
  const kept = bounds.frozenBounds.flatMap(({ store, size, bound }) => {
    const get = findMeasured(frozen, { store, size, subject: 'greenroom', operation: 'get' });
    const getFrozen = findMeasured(frozen, { store, size, subject: 'greenroom', operation: 'getFrozen' });
    return get && getFrozen ? toChecks(`${store}, frozen get of ${size} against a get`, getFrozen, get, bound) : [];
  });
  const get = findMeasured(frozen, { subject: 'core, changing', operation: 'get' });
  const getFrozen = findMeasured(frozen, { subject: 'core, changing', operation: 'getFrozen' });
  if (!get || !getFrozen) return kept;
  const check = { bound: bounds.FROZEN_CHANGE_BOUND, side: 'at most', kinds: [getFrozen, get], gates: true } as const;
  return [
    ...kept,
    {
      ...check,
      what: `CPU of a frozen get over a get, of ${get.size} that change at every read`,
      found: compare(get, getFrozen).cpu,
    },
  ];
}
