import { compare, medianCpu, medianThroughput } from './compare';
import { findMeasured } from './findMeasured';
import { median } from './median';
import type { Measured, Results } from './results';
import { toCount, toMicroseconds, toTable } from './toTable';
import { storeTitles, toTitle } from './titles';

/** Gets of a few keys, and sets, compared with those without a near cache. */
export function renderNearHot({ near }: Results): string {
  const rows = near.hot.map(one => {
    const { store, subject, operation, size, callers } = one;
    const without = findMeasured(near.hot, { store, subject: 'greenroom', operation, size, callers });
    return [
      storeTitles[store],
      `${operation} ${size}`,
      String(callers),
      toTitle(subject),
      toCount(medianThroughput(one)),
      toMicroseconds(medianCpu(one)),
      toRatios(one, without),
    ];
  });
  return toTable(['', '', 'callers', '', 'per second', 'CPU of one', 'against no near cache'], rows);
}

/** Gets that are partly answered in the process, by the share of hot keys. */
export function renderNearMixed({ near }: Results): string {
  const callerCounts = [...new Set(near.mixed.map(({ callers }) => callers))];
  const tables = callerCounts.map(callers => {
    const measured = near.mixed.filter(one => one.callers === callers);
    const percents = [...new Set(measured.map(({ hotPercent }) => hotPercent))];
    const kinds = measured.filter(({ hotPercent }) => hotPercent === percents[0]);
    const rows = kinds.map(({ size, subject, operation }) => [
      size,
      operation === 'getFrozen' ? `${toTitle(subject)}, frozen` : toTitle(subject),
      ...percents.map(hotPercent => {
        const one = findMeasured(measured, { size, subject, operation, hotPercent });
        if (!one) return '';
        const without = findMeasured(measured, { size, subject: 'greenroom', hotPercent });
        const ratios = toRatios(one, without);
        return `${toCount(medianThroughput(one))}; ${toMicroseconds(medianCpu(one))}${ratios && ` (${ratios})`}`;
      }),
      percents
        .map(hotPercent => toNearPercent(findMeasured(measured, { size, subject, operation, hotPercent })))
        .join(', '),
    ]);
    const head = ['', '', ...percents.map(percent => `${percent} % of hot keys`), 'not asked of Redis'];
    return `${callers === 1 ? 'One by one' : `${callers} callers`}:\n\n${toTable(head, rows)}`;
  });
  return tables.join('\n\n');
}

/** The memory of entries in the process. */
export function renderNearMemory({ near }: Results): string {
  const rows = near.memory.map(({ subject, size, isFrozen, entries, heapBytes, counted }) => [
    size,
    isFrozen ? `${toTitle(subject)}, frozen` : toTitle(subject),
    entries.toLocaleString('en'),
    toCount(heapBytes / entries),
    counted ? (heapBytes / counted.maxBytes).toFixed(2) : '',
  ]);
  return toTable(['', '', 'entries', 'bytes of the heap for one', 'heap over `maxBytes`'], rows);
}

function toRatios(one: Measured, without: Measured | undefined): string {
  if (!without || without === one) return '';
  const { throughput, cpu } = compare(one, without);
  return `${toRatio(throughput)} / ${toRatio(cpu)}`;
}

function toRatio(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : String(Math.round(ratio));
}

function toNearPercent(one: Measured | undefined): string {
  const percent = median(one?.trials.map(({ nearPercent = NaN }) => nearPercent) ?? []);
  return `${Math.max(0, Math.round(percent))} %`;
}
