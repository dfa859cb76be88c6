import { findMeasured } from './findMeasured';
import { compareCpu, medianCpu, medianThroughput } from './compare';
import type { Results } from './results';
import { stores } from './openSubject';
import { storeTitles, toTitle } from './titles';
import { toMicroseconds, toMilliseconds, toTable } from './toTable';

/** The CPU of a get and of a hit by `getOrSet`, and their difference. */
export function renderHits({ hits }: Results): string {
  const subjects = [...new Set(hits.map(({ subject }) => subject))];
  const rows = subjects.map(subject => [
    toTitle(subject),
    ...stores.map(store => {
      const get = findMeasured(hits, { store, subject, operation: 'get' });
      const getOrSet = findMeasured(hits, { store, subject, operation: 'getOrSet' });
      if (!get || !getOrSet) return '';
      const more = compareCpu(getOrSet, get);
      const difference = `${more < 0 ? '−' : '+'}${Math.abs(more).toFixed(2)}`;
      return `${toMicroseconds(medianCpu(get))}, ${toMicroseconds(medianCpu(getOrSet))} (${difference})`;
    }),
  ]);
  return toTable(['get, getOrSet', ...stores.map(store => storeTitles[store])], rows);
}

/** Loads, time and CPU of a stampede. */
export function renderStampedes({ stampedes }: Results): string {
  const rows = stampedes.map(one => {
    const { store, subject, callers, trials } = one;
    const loads = Math.max(...trials.map(({ loads: count = NaN }) => count));
    return [
      storeTitles[store],
      toTitle(subject),
      loads.toLocaleString('en'),
      toMilliseconds((callers / medianThroughput(one)) * 1000),
      toMilliseconds((callers * medianCpu(one)) / 1000),
    ];
  });
  return toTable(['', '', 'loads', 'all are answered after', 'CPU'], rows);
}
