import type { ProgramOutput } from './programOutput';
import { toPrintable } from './printable';
import type { Redactor } from './redactor';
import { toTable } from './table';
import type { Column } from './table';

/** Prints for people, or one JSON document for programs. No secret that the redactor knows gets out. */
export interface Printer {
  /** A line of the result. */
  line(text?: string): void;
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void;
  /** The whole result, for programs. */
  json(value: unknown): void;
  /** A line beside the result. */
  note(text: string): void;
  /** How far a long run is: in place on a terminal, else as a line from time to time. */
  progress(text: string): void;
}

/** How often progress is shown on a terminal, and elsewhere. */
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

/** Before it becomes JSON: a secret could be a part of its form. */
function redactAll(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.redact(value);
  if (Array.isArray(value)) return value.map(each => redactAll(each, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [redactor.redact(key), redactAll(each, redactor)]),
  );
}
