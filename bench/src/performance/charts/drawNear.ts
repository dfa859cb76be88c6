import { compare } from '../compare';
import { findMeasured } from '../findMeasured';
import type { Measured, Results } from '../results';
import type { Size } from '../sample';
import { toTitle } from '../titles';
import type { Chart } from './chart';
import { drawBars } from './drawBars';

const kinds: readonly (readonly [callers: number, size: Size])[] = [
  [1, '100 B'],
  [1, '1 KB'],
  [64, '100 B'],
  [64, '1 KB'],
  [64, '50 KB'],
];

/** Throughput of caches with a layer in the process, by the share of reads of hot keys. */
export function drawNear({ near: { mixed } }: Results): Chart {
  const title = 'Gets with a layer in the process, by the share of hot keys';
  const percents = [...new Set(mixed.map(({ hotPercent }) => hotPercent))];
  const rows = kinds.flatMap(([callers, size]) => {
    const measured = mixed.filter(one => one.callers === callers && one.size === size);
    const layered = measured.filter(one => one.subject !== 'greenroom' && one.hotPercent === percents[0]);
    const heading = `{heading|${callers === 1 ? 'One by one' : `${callers} callers`}, ${size}}`;
    return [{ label: heading, values: [] }, ...layered.map(kind => toRow(measured, kind, percents))];
  });
  const picture = drawBars(title, {
    caption: 'gets from Redis per second, over those of Greenroom without a near cache',
    series: percents.map(percent => `${percent} % hot`),
    rows,
    // Bars start at 1, so that a ratio of 2 and a ratio of 0.5 have the same length.
    axis: { type: 'log', logBase: 2, min: ({ min }) => Math.min(0.5, 2 ** Math.floor(Math.log2(min))) },
    format: value => `${Number(value.toPrecision(2))} ×`,
  });
  return { name: 'near', title, picture };
}

function toRow(
  measured: readonly Measured[],
  { subject, operation }: Measured,
  percents: readonly (number | undefined)[],
) {
  return {
    label:
      operation === 'getFrozen' ? 'Greenroom, frozen' : subject === 'greenroom, near' ? 'Greenroom' : toTitle(subject),
    values: percents.map(hotPercent => {
      const one = findMeasured(measured, { subject, operation, hotPercent });
      const without = findMeasured(measured, { subject: 'greenroom', hotPercent });
      return one && without ? compare(one, without).throughput : NaN;
    }),
  };
}
