export type Row = readonly string[];

/** A table in Markdown. */
export function toTable(head: Row, rows: readonly Row[]): string {
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');
}

/** The number with its unit. */
export function toMicroseconds(microseconds: number): string {
  return `${microseconds < 100 ? microseconds.toFixed(1) : Math.round(microseconds)} µs`;
}

/** The number with its unit. */
export function toMilliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The number, rounded to three digits. */
export function toCount(number: number): string {
  return Math.round(number).toLocaleString('en', { maximumSignificantDigits: 3 });
}
