import { findMeasured } from '../findMeasured';
import { compare, medianCpu, medianThroughput } from '../compare';
import { stores } from '../openSubject';
import type { Measured, Results } from '../results';
import { storeTitles, toTitle } from '../titles';
import { operations } from '../trial';
import type { Chart } from './chart';
import { drawBars } from './drawBars';
import { drawChart, text, valueAxis } from './drawChart';
import { drawNear } from './drawNear';

/** The pictures of the page, from the results. */
export function createCharts(results: Results): readonly Chart[] {
  const { throughput, callers, plugins, hits, frozen, near, memory } = results;
  return [
    ...(throughput.length > 0 ? [drawThroughput(results)] : []),
    ...(callers.length > 0 ? [drawLatency(results)] : []),
    ...(plugins.length > 0 ? [drawPlugins(results)] : []),
    ...(hits.length > 0 ? [drawHits(results)] : []),
    ...(frozen.length > 0 ? [drawFrozen(results)] : []),
    ...(near.mixed.length > 0 ? [drawNear(results)] : []),
    ...(memory.length > 0 ? [drawMemory(results)] : []),
  ];
}

function drawThroughput({ throughput }: Results): Chart {
  const title = 'Throughput of Greenroom over that of others on the same store';
  const size = '1 KB';
  const rows = stores.flatMap(store => {
    const others = throughput.filter(
      one => one.store === store && one.size === size && one.operation === 'get' && one.subject !== 'greenroom',
    );
    const compared = others.map(({ subject }) => ({
      label: toTitle(subject),
      values: operations.map(operation => {
        const ours = findMeasured(throughput, { store, size, operation, subject: 'greenroom' });
        const other = findMeasured(throughput, { store, size, operation, subject });
        return ours && other ? compare(ours, other).throughput : NaN;
      }),
    }));
    const isComplete = compared.length > 0 && !compared.some(({ values }) => values.includes(NaN));
    return isComplete ? [{ label: `{heading|${storeTitles[store]}}`, values: [] }, ...compared] : [];
  });
  const picture = drawBars(title, {
    caption: 'values of 1 KB, 64 callers; more than 1: Greenroom does more',
    series: operations,
    rows,
    // Bars start at 1, so that a ratio of 2 and a ratio of 0.5 have the same length.
    axis: { type: 'log', logBase: 2, min: ({ min }) => Math.min(0.5, 2 ** Math.floor(Math.log2(min))) },
    format: value => `${Number(value.toPrecision(2))} ×`,
  });
  return { name: 'throughput', title, picture };
}

function drawHits({ hits }: Results): Chart {
  const title = 'Cost of a hit, by get and by getOrSet';
  const series = ['get', 'getOrSet'] as const;
  const rows = stores.flatMap(store => {
    const subjects = [...new Set(hits.filter(one => one.store === store).map(({ subject }) => subject))];
    const measured = subjects.map(subject => ({
      label: toTitle(subject),
      values: series.map(operation => {
        const found = findMeasured(hits, { store, subject, operation });
        return found ? medianCpu(found) : NaN;
      }),
    }));
    return measured.length > 0 ? [{ label: `{heading|${storeTitles[store]}}`, values: [] }, ...measured] : [];
  });
  const picture = drawBars(title, {
    caption: 'CPU for one operation, in µs; values of 100 B, 64 callers',
    series,
    rows,
    axis: { type: 'value' },
    format: value => String(Number(value.toPrecision(2))),
  });
  return { name: 'hits', title, picture };
}

function drawFrozen({ frozen }: Results): Chart {
  const title = 'Gets of frozen values beside gets of others';
  const places = [
    ['memory', '1 KB'],
    ['memory', '50 KB'],
    ['redis', '50 KB'],
  ] as const;
  const rows = places.flatMap(([store, size]) => {
    const measured = frozen.filter(one => one.store === store && one.size === size);
    const bars = measured.map(one => ({
      label: one.operation === 'getFrozen' ? `${toTitle(one.subject)}, frozen` : toTitle(one.subject),
      values: [medianThroughput(one)],
    }));
    return bars.length > 0 ? [{ label: `{heading|${storeTitles[store]}, ${size}}`, values: [] }, ...bars] : [];
  });
  const picture = drawBars(title, {
    caption: 'gets per second, 64 callers',
    series: ['gets per second'],
    rows,
    axis: { type: 'log', logBase: 10, min: ({ min }) => 10 ** Math.floor(Math.log10(min)) },
    format: value => Math.round(value).toLocaleString('en', { maximumSignificantDigits: 2 }),
  });
  return { name: 'frozen', title, picture };
}

function drawMemory({ memory, memoryEntries }: Results): Chart {
  const title = 'Memory for a small entry in the process';
  const sorted = [...memory].sort((one, other) => one.bytesPerEntry - other.bytesPerEntry);
  const picture = drawBars(title, {
    caption: `bytes for one of ${memoryEntries.toLocaleString('en')} entries`,
    series: ['bytes'],
    rows: sorted.map(({ subject, bytesPerEntry }) => ({ label: toTitle(subject), values: [bytesPerEntry] })),
    axis: { type: 'value' },
    format: value => String(Math.round(value)),
  });
  return { name: 'memory', title, picture };
}

function drawLatency({ callers }: Results): Chart {
  const title = 'Time for a get of 1 KB from Redis, by the number of callers';
  const picture = drawCurves(title, {
    xCaption: 'gets under way at the same time',
    yCaption: 'mean, in ms',
    measured: callers,
    // Mean time = callers / throughput, as all callers always have one get in flight.
    toPoint: one => [one.callers, (one.callers / medianThroughput(one)) * 1000],
    yAxis: 'log',
  });
  return { name: 'latency', title, picture };
}

function drawPlugins({ plugins }: Results): Chart {
  const title = 'Cost of a get of 1 KB from Redis, by the number of plugins';
  const picture = drawCurves(title, {
    xCaption: 'plugins',
    yCaption: 'CPU for one operation, in µs',
    measured: plugins,
    toPoint: one => [one.plugins, medianCpu(one)],
    yAxis: 'value',
  });
  return { name: 'plugins', title, picture };
}

interface Curves {
  readonly xCaption: string;
  readonly yCaption: string;
  /** Each subject has its own curve. */
  readonly measured: readonly Measured[];
  readonly toPoint: (one: Measured) => [x: number, y: number];
  readonly yAxis: 'log' | 'value';
}

function drawCurves(title: string, { xCaption, yCaption, measured, toPoint, yAxis }: Curves): string {
  const subjects = [...new Set(measured.map(({ subject }) => subject))];
  return drawChart(title, 400, {
    grid: { left: 70, right: 130, top: 80, bottom: 60 },
    xAxis: {
      ...valueAxis,
      type: 'log',
      logBase: 2,
      max: 'dataMax',
      name: xCaption,
      nameLocation: 'middle',
      nameGap: 30,
      splitLine: { show: false },
    },
    yAxis: { ...valueAxis, type: yAxis, name: yCaption },
    series: subjects.map((subject, index) => ({
      type: 'line' as const,
      name: toTitle(subject),
      symbol: ['circle', 'rect', 'triangle'][index] ?? 'diamond',
      symbolSize: 9,
      endLabel: { ...text, show: true, formatter: '{a}' },
      labelLayout: { moveOverlap: 'shiftY' as const },
      data: measured.filter(one => one.subject === subject).map(toPoint),
    })),
  });
}
