export type Row = readonly string[];

/** A table in Markdown. */
export function toTable(head: Row, rows: readonly Row[]): string {
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');
}

/** With its unit. */
export function toMicroseconds(microseconds: number): string {
  return `${microseconds < 100 ? microseconds.toFixed(1) : Math.round(microseconds)} µs`;
}

/** With its unit. */
export function toMilliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Three digits of it. */
export function toCount(number: number): string {
  return Math.round(number).toLocaleString('en', { maximumSignificantDigits: 3 });
}
