import { COLORS, drawLine, drawPicture, drawText, round } from './drawing';
import { createLinearScale, createLogarithmicScale } from './scale';

/** Bars side by side, one for each name of a series. */
interface BarRow {
  readonly label: string;
  readonly values: readonly number[];
}

export interface BarChart {
  readonly title: string;
  /** Under the axis. */
  readonly caption: string;
  readonly series: readonly string[];
  readonly groups: readonly { readonly heading?: string; readonly rows: readonly BarRow[] }[];
  /** `ratio`: bars start at 1, and double is as far from it as half. */
  readonly axis: 'ratio' | 'amount';
  readonly format: (value: number) => string;
}

const WIDTH = 820;
const LEFT = 170;
const RIGHT = 760;
const TOP = 64;
const BAR = 12;
const GAP = 8;
const HEADING = 24;

export function drawBars({ title, caption, series, groups, axis, format }: BarChart): string {
  const values = groups.flatMap(({ rows }) => rows.flatMap(row => row.values));
  const scale =
    axis === 'ratio'
      ? createLogarithmicScale([...values, 0.5, 2], LEFT, RIGHT)
      : createLinearScale(Math.max(...values), LEFT, RIGHT);
  const origin = scale.place(axis === 'ratio' ? 1 : 0);
  const bars: string[] = [];
  let y = TOP;
  for (const { heading, rows } of groups) {
    if (heading !== undefined) bars.push(drawText(20, (y += HEADING) - GAP, heading, 'heading'));
    for (const row of rows) {
      bars.push(drawText(LEFT - 10, y + (row.values.length * BAR) / 2 + 4, row.label, '', 'end'));
      for (const [index, value] of row.values.entries()) {
        const [left, right] = [Math.min(origin, scale.place(value)), Math.max(origin, scale.place(value))];
        bars.push(
          `<rect x="${round(left)}" y="${y}" width="${round(Math.max(1, right - left))}" height="${BAR - 2}" fill="${COLORS[index]}"/>`,
          drawText(right + 5, y + BAR - 3, format(value), 'muted'),
        );
        y += BAR;
      }
      y += GAP;
    }
  }
  const bottom = y;
  const ticks = scale.ticks.flatMap(tick => [
    drawLine(scale.place(tick), TOP, scale.place(tick), bottom, 'grid'),
    drawText(scale.place(tick), bottom + 16, format(tick), 'muted', 'middle'),
  ]);
  return drawPicture(WIDTH, bottom + 52, title, [
    ...drawLegend(series),
    ...ticks,
    ...bars,
    drawLine(origin, TOP, origin, bottom, 'axis'),
    drawText((LEFT + RIGHT) / 2, bottom + 38, caption, 'muted', 'middle'),
  ]);
}

function drawLegend(series: readonly string[]): string[] {
  if (series.length < 2) return [];
  return series.flatMap((name, index) => [
    `<rect x="${20 + index * 80}" y="41" width="12" height="12" fill="${COLORS[index]}"/>`,
    drawText(38 + index * 80, 51, name),
  ]);
}
