import type { ProgramOutput } from './programOutput';
import { toPrintable } from './printable';
import type { Redactor } from './redactor';
import { toTable } from './table';
import type { Column } from './table';

/** Prints lines for people, or one JSON document for programs. Secrets that the redactor knows are never printed. */
export interface Printer {
  /** Prints a line of the result. */
  line(text?: string): void;
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void;
  /** Prints the whole result as JSON, for programs. */
  json(value: unknown): void;
  /** Prints a line to stderr, apart from the result. */
  note(text: string): void;
  /** Shows the progress of a long run: on a terminal in one line that is redrawn, otherwise as a line from time to time. */
  progress(text: string): void;
}

/** How often progress is shown: `REDRAW_MS` on a terminal, `LINE_EVERY_MS` elsewhere. */
const REDRAW_MS = 100;
const LINE_EVERY_MS = 5000;
const CLEAR_LINE = '\r\u001b[2K';

export function createPrinter(stdout: ProgramOutput, stderr: ProgramOutput, redactor: Redactor): Printer {
  let shownAtMs = performance.now();
  let isProgressShown = false;

  const clean = (text: string) => toPrintable(redactor.redact(text));
  function write(output: ProgramOutput, text: string): void {
    if (isProgressShown) stderr.write(CLEAR_LINE);
    isProgressShown = false;
    output.write(`${text}\n`);
  }

  return {
    line: (text = '') => write(stdout, clean(text)),
    table: (columns, rows) =>
      toTable(
        columns,
        rows.map(cells => cells.map(clean)),
      ).forEach(line => write(stdout, line)),
    json: value => write(stdout, JSON.stringify(redactAll(value, redactor), undefined, 2)),
    note: text => text.split('\n').forEach(line => write(stderr, clean(line))),
    progress(text) {
      const now = performance.now();
      if (now - shownAtMs < (stderr.isTTY ? REDRAW_MS : LINE_EVERY_MS)) return;
      shownAtMs = now;
      const line = clean(text);
      if (!stderr.isTTY) return write(stderr, line);
      stderr.write(CLEAR_LINE + line.slice(0, (stderr.columns ?? 80) - 1));
      isProgressShown = true;
    },
  };
}

/** Redacts the strings of a value before it becomes JSON: replacing in the JSON text could break its syntax. */
function redactAll(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.redact(value);
  if (Array.isArray(value)) return value.map(each => redactAll(each, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [redactor.redact(key), redactAll(each, redactor)]),
  );
}
