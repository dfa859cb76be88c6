import type { Store } from './openSubject';
import type { Measured } from './results';
import type { Size } from './sample';
import type { LimitProgram, Subject } from './subject';
import type { Operation } from './trial';

/** The first measurement with these properties. */
export function findMeasured(
  measured: readonly Measured[],
  wanted: Partial<{
    store: Store;
    subject: Subject | LimitProgram;
    size: Size;
    operation: Operation;
    callers: number;
    hotPercent: number | undefined;
  }>,
): Measured | undefined {
  const entries = Object.entries(wanted) as [keyof Measured, unknown][];
  return measured.find(one => entries.every(([name, value]) => one[name] === value));
}
