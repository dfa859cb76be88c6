import { formatBytes, formatCount, formatDuration } from '../output/units';
import type { Printer } from '../output/printer';

/** An entry, as the commands print it. */
export interface ShownEntry {
  readonly key: string;
  readonly bytes?: number;
  readonly expiresAt?: string | null;
}

/** Prints entries for people. */
export function printEntries(printer: Printer, entries: readonly ShownEntry[], hasMore: boolean, nowMs: number): void {
  printer.line();
  if (entries.length === 0) return printer.line('No entries.');
  printer.table(
    [{ heading: 'BYTES', isNumber: true }, { heading: 'EXPIRES IN', isNumber: true }, { heading: 'KEY' }],
    entries.map(({ key, bytes, expiresAt }) => [
      bytes === undefined ? '-' : formatBytes(bytes),
      toTimeLeft(expiresAt, nowMs),
      key,
    ]),
  );
  if (!hasMore) return;
  printer.line();
  printer.line(`There are more: --limit shows more than ${formatCount(entries.length)}, stats counts all.`);
}

function toTimeLeft(expiresAt: string | null | undefined, nowMs: number): string {
  if (expiresAt === undefined) return '-';
  return expiresAt === null ? 'never' : formatDuration(Math.max(Date.parse(expiresAt) - nowMs, 0));
}
