import { COLORS, drawLine, drawPicture, drawText, round } from './drawing';
import { createLinearScale, createLogarithmicScale } from './scale';
import type { Scale } from './scale';

interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface CurveChart {
  readonly title: string;
  /** The axis along the bottom, whose steps are the points themselves. */
  readonly xCaption: string;
  readonly yCaption: string;
  readonly curves: readonly Curve[];
  readonly yAxis: 'logarithmic' | 'linear';
  readonly formatY: (value: number) => string;
}

const WIDTH = 820;
const HEIGHT = 400;
const LEFT = 80;
const RIGHT = 660;
const TOP = 66;
const BOTTOM = 340;
const LABEL_DISTANCE = 16;
const SHAPES = [
  (x: number, y: number, color: string) => `<circle cx="${x}" cy="${y}" r="4.5" fill="${color}"/>`,
  (x: number, y: number, color: string) =>
    `<rect x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8" fill="${color}"/>`,
  (x: number, y: number, color: string) => `<path d="M${x} ${round(y - 5.5)}l5 9.5h-10z" fill="${color}"/>`,
] as const;

export function drawCurves({ title, xCaption, yCaption, curves, yAxis, formatY }: CurveChart): string {
  const points = curves.flatMap(curve => curve.points);
  const xs = [...new Set(points.map(({ x }) => x))];
  const ys = points.map(({ y }) => y);
  const xScale = createLogarithmicScale(xs, LEFT, RIGHT, xs);
  const yScale =
    yAxis === 'linear' ? createLinearScale(Math.max(...ys), BOTTOM, TOP) : createLogarithmicScale(ys, BOTTOM, TOP);
  return drawPicture(WIDTH, HEIGHT, title, [
    ...yScale.ticks.flatMap(tick => [
      drawLine(LEFT, yScale.place(tick), RIGHT, yScale.place(tick), 'grid'),
      drawText(LEFT - 8, yScale.place(tick) + 4, formatY(tick), 'muted', 'end'),
    ]),
    ...xs.map(x => drawText(xScale.place(x), BOTTOM + 18, String(x), 'muted', 'middle')),
    drawLine(LEFT, BOTTOM, RIGHT, BOTTOM, 'axis'),
    drawText(20, 50, yCaption, 'muted'),
    drawText((LEFT + RIGHT) / 2, BOTTOM + 42, xCaption, 'muted', 'middle'),
    ...curves.flatMap((curve, index) => drawCurve(curve, index, xScale, yScale)),
    ...drawNames(curves, yScale),
  ]);
}

function drawCurve({ points }: Curve, index: number, xScale: Scale, yScale: Scale): string[] {
  const color = COLORS[index] ?? COLORS[0];
  const places = points.map(({ x, y }) => [round(xScale.place(x)), round(yScale.place(y))] as const);
  const path = places.map(place => place.join(' ')).join('L');
  return [
    `<path d="M${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...places.map(([x, y]) => SHAPES[index]?.(x, y, color) ?? ''),
  ];
}

/** Beside the ends of the curves, and apart from each other where these meet. */
function drawNames(curves: readonly Curve[], yScale: Scale): string[] {
  const ends = curves.map(({ name, points }, index) => ({
    name,
    index,
    y: yScale.place(points.at(-1)?.y ?? 0),
  }));
  let lowest = -Infinity;
  return ends
    .sort((one, other) => one.y - other.y)
    .flatMap(({ name, index, y }) => {
      lowest = Math.max(y, lowest + LABEL_DISTANCE);
      return [
        SHAPES[index]?.(RIGHT + 18, round(lowest), COLORS[index] ?? '') ?? '',
        drawText(RIGHT + 30, lowest + 4, name),
      ];
    });
}
