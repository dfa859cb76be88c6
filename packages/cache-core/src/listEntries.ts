import type { EntryPage } from './contract/storedEntry';
import type { OperatorGuard } from './guard/driverGuard';

/** Options of a listing of entries. */
export interface EntriesOptions {
  /**
   * Whether entries have their bytes and expiries, which makes a listing up to ten times slower where the store has to be asked for
   * them. A number: about so many entries have them. @defaultValue false
   */
  readonly details?: boolean | number;
  /** The cursor of an earlier page, with the same plugin. @defaultValue from the start */
  readonly cursor?: string;
  /** Entries of a page, about: 1 to 1,000. @defaultValue 500 */
  readonly pageSize?: number;
  /** Ends the listing, which rejects with its reason. @defaultValue none */
  readonly signal?: AbortSignal;
}

const DEFAULT_PAGE_SIZE = 500;
const MAX_PAGE_SIZE = 1000;

/** The entries of a driver, a part of them with details if that is wanted. `toPrefix` may throw. */
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
      // Goes on without details, where the store can take up a listing.
      goesOn = isSample && detailed >= sampleSize && next !== undefined;
      yield page;
      if (goesOn) break;
    }
  }
}
