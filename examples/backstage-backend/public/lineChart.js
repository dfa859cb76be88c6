import { shape } from './elements.js';
import { toMinute, toTime } from './formats.js';

const height = 168;
/** What is left around the plot, for texts. */
export const margin = { top: 10, right: 28, bottom: 22, left: 56 };
/** Room for the text of a moment, and the distances that they may have. */
const tickWidth = 90;
const tickSteps = [5, 15, 30, 60, 120, 300].map(seconds => seconds * 1000);

/**
 * Draws a figure over time into an SVG. Where a figure is absent the line has a gap, and where the store was away, a band.
 *
 * Points are `{ atMs, state, value, part }`, oldest first; the part is drawn as a darker area. `toTop` makes the end of the scale of the largest value.
 */
export function drawLineChart(svg, { points, fromMs, toMs, format, toTop, markedAtMs }) {
  const width = Math.max(200, svg.clientWidth);
  const top = toTop(Math.max(0, ...points.map(({ value = 0 }) => value)));
  const x = atMs => margin.left + ((atMs - fromMs) / (toMs - fromMs)) * (width - margin.left - margin.right);
  const y = value => height - margin.bottom - (value / top) * (height - margin.top - margin.bottom);
  const shown = points.filter(({ atMs }) => atMs >= fromMs);
  const toPlaces = name =>
    shown.map(({ atMs, [name]: value }) => (value === undefined ? undefined : { x: x(atMs), y: y(value) }));
  const places = toPlaces('value');
  const marked = shown.findIndex(({ atMs }) => atMs === markedAtMs);
  const { ticks, toText } = toTicks(fromMs, toMs, width);

  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.replaceChildren(
    ...toBands(shown).map(({ state, startMs, endMs }) => drawBand(state, x(startMs), x(endMs))),
    ...[0, top / 2, top].map(value => drawLevel(format(value), y(value), width)),
    ...ticks.map(atMs => drawTick(toText(atMs), x(atMs))),
    ...toRuns(toPlaces('part')).map(run => drawArea(run, y(0), 'part')),
    ...toRuns(places).flatMap(run => drawRun(run, y(0))),
    ...(marked < 0 ? [] : drawMark(x(markedAtMs), places[marked])),
  );
}

/** The end of a scale at a plain number, whose half is one too. */
export function toPlainTop(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].find(step => step * power >= value * 0.999) * power;
}

/** Where the store, or the backend, was away, from the first poll that saw it to the first that did not. */
function toBands(points) {
  const bands = [];
  for (const [index, { atMs, state }] of points.entries()) {
    if (!isAway(state)) continue;
    if (points[index - 1]?.state !== state) bands.push({ state, startMs: atMs });
    bands.at(-1).endMs = points[index + 1]?.atMs ?? atMs;
  }
  return bands;
}

const isAway = state => state === 'unavailable' || state === 'unreachable' || state === 'read-only';

/** Round moments, no more of them than have room for their text. */
function toTicks(fromMs, toMs, width) {
  const leastMs = ((toMs - fromMs) / width) * tickWidth;
  const stepMs = tickSteps.find(step => step >= leastMs) ?? tickSteps.at(-1);
  const ticks = [];
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) ticks.push(atMs);
  return { ticks, toText: stepMs < 60_000 ? toTime : toMinute };
}

/** The parts of a line between its gaps. */
function toRuns(places) {
  const runs = [[]];
  for (const place of places) {
    if (place) runs.at(-1).push(place);
    else if (runs.at(-1).length > 0) runs.push([]);
  }
  return runs.filter(run => run.length > 0);
}

function drawBand(state, startX, endX) {
  const size = { width: Math.max(2, endX - startX), height: height - margin.top - margin.bottom };
  return shape('rect', { class: `band ${state}`, x: startX, y: margin.top, ...size });
}

function drawLevel(text, atY, width) {
  return shape('g', { class: 'level' }, [
    shape('line', { x1: margin.left, x2: width - margin.right, y1: atY, y2: atY }),
    shape('text', { x: margin.left - 8, y: atY, dy: '0.32em', 'text-anchor': 'end' }, text),
  ]);
}

function drawTick(text, atX) {
  return shape('text', { class: 'tick', x: atX, y: height - 6, 'text-anchor': 'middle' }, text);
}

function drawRun(run, bottom) {
  const [first] = run;
  if (run.length === 1) return [shape('circle', { class: 'dot', cx: first.x, cy: first.y, r: 2 })];
  return [drawArea(run, bottom, 'area'), shape('polyline', { class: 'line', points: toLine(run) })];
}

function drawArea(run, bottom, className) {
  return shape('polygon', {
    class: className,
    points: `${run[0].x},${bottom} ${toLine(run)} ${run.at(-1).x},${bottom}`,
  });
}

const toLine = run => run.map(place => `${place.x.toFixed(1)},${place.y.toFixed(1)}`).join(' ');

function drawMark(atX, place) {
  return [
    shape('line', { class: 'mark', x1: atX, x2: atX, y1: margin.top, y2: height - margin.bottom }),
    ...(place ? [shape('circle', { class: 'dot', cx: place.x, cy: place.y, r: 4 })] : []),
  ];
}
