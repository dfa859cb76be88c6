import * as echarts from 'echarts';
import type { EChartsOption } from 'echarts';

const WIDTH = 820;
const FONTS = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif";

// The picture has its own background, so that it can be read even if the page and the browser disagree about dark mode.
const STYLE = `
  svg { --ground: #ffffff; --text: #1f2328; --muted: #59636e; --grid: #d1d9e0; --blue: #0969da; --orange: #bc4c00; --purple: #8250df }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --text: #f0f6fc; --muted: #9198a1; --grid: #3d444d; --blue: #58a6ff; --orange: #f0883e; --purple: #d2a8ff }
  }`;

export const text = { color: 'var(--text)' };
export const muted = { color: 'var(--muted)' };

/** An axis with values. */
export const valueAxis = {
  axisLabel: muted,
  axisLine: { lineStyle: muted },
  nameTextStyle: muted,
  minorTick: { show: false },
  splitLine: { lineStyle: { color: 'var(--grid)' } },
} as const;

/** A picture that fits GitHub's light and dark themes. */
export function drawChart(title: string, height: number, option: EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: 'var(--ground)',
    // Series do not differ only by color, but also by shape or position.
    color: ['var(--blue)', 'var(--orange)', 'var(--purple)'],
    textStyle: { ...text, fontFamily: FONTS },
    title: { text: title, left: 14, top: 10, textStyle: { ...text, fontSize: 15, fontWeight: 600 } },
    ...option,
  });
  const picture = chart.renderToSVGString();
  chart.dispose();
  return picture.replace('>', ` role="img">\n<title>${title}</title>\n<style>${STYLE}\n</style>`).trimEnd() + '\n';
}
