import { drawChart, muted, text, valueAxis } from './drawChart';

/** Groups of bars, in rows. */
export interface Bars {
  /** Text below the axis. */
  readonly caption: string;
  readonly series: readonly string[];
  /** Rows of bars, with one value for each name in `series`. */
  readonly rows: readonly { readonly label: string; readonly values: readonly number[] }[];
  readonly axis:
    | { readonly type: 'value' }
    | {
        readonly type: 'log';
        readonly logBase: number;
        readonly min: (extent: { readonly min: number }) => number;
      };
  readonly format: (value: number) => string;
}

/** A picture of bars. */
export function drawBars(title: string, { caption, series, rows, axis, format }: Bars): string {
  const top = series.length > 1 ? 66 : 46;
  return drawChart(title, top + rows.length * (12 * series.length + 8) + 60, {
    legend: { show: series.length > 1, left: 14, top: 38, textStyle: text },
    grid: { left: 170, right: 60, top, bottom: 60 },
    xAxis: {
      ...valueAxis,
      ...axis,
      name: caption,
      nameLocation: 'middle',
      nameGap: 30,
      axisLabel: { ...muted, formatter: format },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ label }) => label),
      axisLabel: { ...text, rich: { heading: { fontWeight: 600 } } },
      axisLine: { lineStyle: muted },
      axisTick: { show: false },
    },
    series: series.map((name, index) => ({
      name,
      type: 'bar' as const,
      barWidth: 10,
      barGap: '20%',
      label: {
        ...muted,
        show: true,
        position: 'right' as const,
        formatter: ({ value }: { readonly value?: unknown }) => format(Number(value)),
      },
      data: rows.map(({ values }) => values[index] ?? '-'),
    })),
  });
}
