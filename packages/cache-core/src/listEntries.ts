import type { EntryPage } from './contract/storedEntry';
import type { OperatorGuard } from './guard/driverGuard';

/** Options of a listing of entries. */
export interface EntriesOptions {
  /**
   * Whether entries include their bytes and expiry. This makes a listing up to ten times slower where the store must be asked for them. A
   * number: only about that many entries, the first ones, include them. @defaultValue false
   */
  readonly details?: boolean | number;
  /** Cursor of an earlier page for the same plugin. @defaultValue from the start */
  readonly cursor?: string;
  /** Approximate number of entries per page: 1 to 1,000. @defaultValue 500 */
  readonly pageSize?: number;
  /** Ends the listing, which then rejects with `signal.reason`. @defaultValue none */
  readonly signal?: AbortSignal;
}

const DEFAULT_PAGE_SIZE = 500;
const MAX_PAGE_SIZE = 1000;

/** Lists the entries of a driver, with details for none, some or all of them. `toPrefix` may throw, which rejects the listing. */
export async function* listEntries(
  guard: OperatorGuard,
  toPrefix: () => string,
  { details = false, pageSize = DEFAULT_PAGE_SIZE, cursor, signal }: EntriesOptions,
): AsyncGenerator<EntryPage, void> {
  const prefix = toPrefix();
  const sampleSize = typeof details === 'number' ? details : details ? Infinity : 0;
  const size = Math.min(Math.max(Math.ceil(pageSize), 1), MAX_PAGE_SIZE);
  let next = cursor;
  let detailed = 0;
  let goesOn = true;
  while (goesOn) {
    goesOn = false;
    const isSample: boolean = detailed < sampleSize;
    const options = {
      details: isSample,
      pageSize: size,
      ...(next !== undefined && { cursor: next }),
      ...(signal && { signal }),
    };
    for await (const page of guard.entries(prefix, options)) {
      detailed += page.entries.length;
      next = page.cursor;
      // The sample is complete: the rest is listed without details, if the store can resume a listing.
      goesOn = isSample && detailed >= sampleSize && next !== undefined;
      yield page;
      if (goesOn) break;
    }
  }
}
