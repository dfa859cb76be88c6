import { element, setText, shape } from './elements.js';
import { nothing, toTime } from './formats.js';
import { drawLineChart, margin } from './lineChart.js';

/**
 * A graph with its present value. Pointer and arrow keys choose a moment, whose value is shown instead.
 *
 * `note` explains the figure, `empty` is said when there is none, `zero` when all are. Points with a `part` of their value have it
 * drawn too, called `partName`, and `partNote` is said. `onMark` is told the chosen moment, or undefined.
 */
export function createGraph(figure, { title, format, toTop, partName, onMark, ...texts }) {
  const svg = shape('svg', { 'aria-hidden': 'true' });
  const slider = Object.assign(element('input'), { type: 'range', min: 0, max: 0, value: 0 });
  slider.style.left = `${margin.left}px`;
  slider.style.width = `calc(100% - ${margin.left + margin.right}px)`;
  slider.setAttribute('aria-label', `${title}, moment`);
  const [value, part, when, summary] = ['strong', 'span', 'span', 'p'].map(name => element(name));
  part.className = 'part';
  summary.className = 'note';
  figure.replaceChildren(
    element('figcaption', '', [element('span', 'title', title), value, part, when]),
    element('div', 'plot', [svg, slider]),
    summary,
  );
  let points = [];

  slider.addEventListener('input', () => onMark(points[slider.valueAsNumber]?.atMs));
  slider.addEventListener('blur', () => onMark(undefined));
  slider.addEventListener('pointerleave', () => onMark(undefined));
  slider.addEventListener('pointermove', ({ offsetX }) => {
    const share = Math.min(1, Math.max(0, offsetX / slider.clientWidth));
    onMark(findNearest(points, range.fromMs + share * (range.toMs - range.fromMs))?.atMs);
  });
  let range = { fromMs: 0, toMs: 1 };

  return {
    draw({ points: drawn, markedAtMs, ...times }) {
      points = drawn;
      range = times;
      drawLineChart(svg, { points, format, toTop, markedAtMs, ...times });
      const marked = points.findIndex(({ atMs }) => atMs === markedAtMs);
      const shown = points.at(marked);
      const text = shown?.value === undefined ? nothing : format(shown.value);
      const partText = shown?.part === undefined ? '' : `${format(shown.part)} ${partName}`;
      setText(value, text);
      setText(part, partText);
      setText(when, marked < 0 ? 'now' : toTime(markedAtMs));
      slider.max = Math.max(0, points.length - 1);
      slider.valueAsNumber = marked < 0 ? points.length - 1 : marked;
      slider.setAttribute(
        'aria-valuetext',
        shown ? `${toTime(shown.atMs)}: ${[text, partText].filter(Boolean).join(', ')}` : nothing,
      );
      setText(summary, summarize(points, { format, ...texts }));
    },
  };
}

function summarize(points, { note, partNote, empty, zero, format }) {
  const values = points.flatMap(({ value }) => value ?? []);
  if (values.length === 0) return empty;
  if (zero && values.every(value => value === 0)) return zero;
  const ofPart = points.some(({ part }) => part !== undefined) ? ` ${partNote}` : '';
  return `${note}; lowest ${format(Math.min(...values))}, highest ${format(Math.max(...values))}.${ofPart}`;
}

function findNearest(points, atMs) {
  let nearest;
  for (const point of points) {
    if (!nearest || Math.abs(point.atMs - atMs) < Math.abs(nearest.atMs - atMs)) nearest = point;
  }
  return nearest;
}
