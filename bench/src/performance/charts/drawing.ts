/** Colours of series in their order; each has another shape or place as well. */
export const COLORS = ['var(--blue)', 'var(--orange)', 'var(--purple)'] as const;

// The picture has a ground of its own, so that it can be read also where the page and the browser disagree on dark and light.
const STYLE = `
  svg { --ground: #ffffff; --text: #1f2328; --muted: #59636e; --grid: #d1d9e0; --blue: #0969da; --orange: #bc4c00; --purple: #8250df }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --text: #f0f6fc; --muted: #9198a1; --grid: #3d444d; --blue: #58a6ff; --orange: #f0883e; --purple: #d2a8ff }
  }
  text { font: 12px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: var(--text) }
  .title { font-size: 15px; font-weight: 600 }
  .heading { font-weight: 600 }
  .muted { fill: var(--muted) }
  .grid { stroke: var(--grid); stroke-width: 1 }
  .axis { stroke: var(--muted); stroke-width: 1.5 }`;

/** A picture that GitHub shows in its light and in its dark theme. */
export function drawPicture(width: number, height: number, title: string, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect width="${width}" height="${height}" rx="6" fill="var(--ground)"/>`,
    drawText(20, 28, title, 'title'),
    ...content,
    '</svg>\n',
  ].join('\n');
}

export function drawText(
  x: number,
  y: number,
  text: string,
  className = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${className}" text-anchor="${anchor}">${escape(text)}</text>`;
}

export function drawLine(x1: number, y1: number, x2: number, y2: number, className: 'grid' | 'axis'): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${className}"/>`;
}

/** Enough for a picture, and it keeps the difference between two runs readable. */
export function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
