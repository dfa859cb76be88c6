import { compare, medianCpu, medianThroughput } from '../compare';
import { findMeasured } from '../checks';
import type { Measured, Results } from '../results';
import { stores } from '../openSubject';
import { storeTitles, toTitle } from '../titles';
import { operations } from '../trial';
import { drawBars } from './drawBars';
import { drawCurves } from './drawCurves';

/** One picture, as SVG, and what to say to those who do not see it. */
export interface Chart {
  readonly name: 'throughput' | 'latency' | 'plugins' | 'memory';
  readonly title: string;
  readonly picture: string;
}

/** The pictures of the page. */
export function createCharts(results: Results): readonly Chart[] {
  return [drawThroughput(results), drawLatency(results), drawPlugins(results), drawMemory(results)];
}

function drawThroughput({ throughput }: Results): Chart {
  const title = 'Throughput of Greenroom over that of others on the same store';
  const size = '1 KB';
  const groups = stores.flatMap(store => {
    const others = throughput.filter(
      one => one.store === store && one.size === size && one.operation === 'get' && one.subject !== 'greenroom',
    );
    const rows = others.map(({ subject }) => ({
      label: toTitle(subject),
      values: operations.map(operation => {
        const ours = findMeasured(throughput, { store, size, operation, subject: 'greenroom' });
        const other = findMeasured(throughput, { store, size, operation, subject });
        return ours && other ? compare(ours, other).throughput : NaN;
      }),
    }));
    return rows.some(({ values }) => values.includes(NaN)) ? [] : [{ heading: storeTitles[store], rows }];
  });
  const picture = drawBars({
    title,
    caption: 'values of 1 KB, 64 callers; more than 1: Greenroom does more',
    series: operations,
    groups,
    axis: 'ratio',
    format: value => `${Number(value.toPrecision(2))} ×`,
  });
  return { name: 'throughput', title, picture };
}

function drawLatency({ callers }: Results): Chart {
  const title = 'Time for a get of 1 KB from Redis, by the number of callers';
  const picture = drawCurves({
    title,
    xCaption: 'gets under way at the same time',
    yCaption: 'mean, in ms',
    // So many are under way at any time, and so many are done in a second.
    curves: toCurves(callers, one => ({ x: one.callers, y: (one.callers / medianThroughput(one)) * 1000 })),
    yAxis: 'logarithmic',
    formatY: String,
  });
  return { name: 'latency', title, picture };
}

function drawPlugins({ plugins }: Results): Chart {
  const title = 'Cost of a get of 1 KB from Redis, by the number of plugins';
  const picture = drawCurves({
    title,
    xCaption: 'plugins',
    yCaption: 'CPU for one operation, in µs',
    curves: toCurves(plugins, one => ({ x: one.plugins, y: medianCpu(one) })),
    yAxis: 'linear',
    formatY: String,
  });
  return { name: 'plugins', title, picture };
}

function drawMemory({ memory, memoryEntries }: Results): Chart {
  const title = 'Memory for a small entry in the process';
  const rows = [...memory].sort((one, other) => one.bytesPerEntry - other.bytesPerEntry);
  const picture = drawBars({
    title,
    caption: `bytes for one of ${memoryEntries.toLocaleString('en')} entries`,
    series: ['bytes'],
    groups: [
      { rows: rows.map(({ subject, bytesPerEntry }) => ({ label: toTitle(subject), values: [bytesPerEntry] })) },
    ],
    axis: 'amount',
    format: value => String(Math.round(value)),
  });
  return { name: 'memory', title, picture };
}

function toCurves(measured: readonly Measured[], toPoint: (one: Measured) => { x: number; y: number }) {
  const names = [...new Set(measured.map(({ subject }) => subject))];
  return names.map(name => ({
    name: toTitle(name),
    points: measured.filter(({ subject }) => subject === name).map(toPoint),
  }));
}
