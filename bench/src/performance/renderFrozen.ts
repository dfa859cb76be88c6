import { compare, medianCpu, medianThroughput } from './compare';
import { findMeasured } from './findMeasured';
import type { Results } from './results';
import { storeTitles, toTitle } from './titles';
import { toCount, toMicroseconds, toTable } from './toTable';

/** Gets of frozen values, and how they compare with the other gets. */
export function renderFrozen({ frozen }: Results): string {
  const rows = frozen.map(one => {
    const { store, size, subject, operation } = one;
    const ours = findMeasured(frozen, { store, size, operation: 'getFrozen' });
    const { throughput, cpu } = ours && ours !== one ? compare(ours, one) : { throughput: NaN, cpu: NaN };
    return [
      storeTitles[store],
      size,
      operation === 'getFrozen' ? `${toTitle(subject)}, frozen` : toTitle(subject),
      toCount(medianThroughput(one)),
      toMicroseconds(medianCpu(one)),
      Number.isNaN(throughput) ? '' : `${toRatio(throughput)} / ${toRatio(cpu)}`,
    ];
  });
  return toTable(['', '', '', 'gets per second', 'CPU of one', 'frozen against it'], rows);
}

function toRatio(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : String(Math.round(ratio));
}
