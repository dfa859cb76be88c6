import { CacheError } from '../contract/cacheError';
import type { EntryListOptions, EntryPage } from '../contract/storedEntry';
import { checkPage } from './checkedEntries';
import type { CheckedDriver } from './checkedDriver';
import { toDriverError } from './driverError';
import { attempt } from './ownPromise';
import { createRace } from './race';

/** Longest time for a page. */
const PAGE_TIMEOUT_MS = 2000;
/** Maximum number of pages that are requested at the same time: plugins wait while the store makes a page. */
const MAX_PAGES_UNDER_WAY = 16;

/** Lists entries of a driver in bounded time, and checks what it gives. */
export interface Listings {
  /** Ends at the first page that fails, and throws a `CacheError`, or the reason of the signal. */
  list(prefix: string, options: EntryListOptions): AsyncGenerator<EntryPage, void>;
  /** Ends all listings. */
  close(): void;
}

/** What {@link createListings} needs. */
export interface ListingsOptions {
  readonly store: string;
  /** The store's `entries`, if it has it. */
  readonly findEntries: () => CheckedDriver['entries'];
  readonly isAway: () => boolean;
}

export function createListings(options: ListingsOptions): Listings {
  return new DriverListings(options);
}

class DriverListings implements Listings {
  readonly #options: ListingsOptions;
  readonly #race = createRace(PAGE_TIMEOUT_MS);
  /** Functions that end the listings under way. */
  readonly #ends = new Set<(error: CacheError) => void>();
  #pagesUnderWay = 0;
  #isClosed = false;

  constructor(options: ListingsOptions) {
    this.#options = options;
  }

  async *list(prefix: string, { signal, ...options }: EntryListOptions): AsyncGenerator<EntryPage, void> {
    const entries = this.#options.findEntries();
    if (!entries) throw this.#toUnsupportedError();
    const stopping = new AbortController();
    let rejectPage: (error: unknown) => void = () => {};
    let ended: { readonly error: unknown } | undefined;
    const end = (error: unknown) => {
      ended ??= { error };
      stopping.abort();
      rejectPage(error);
    };
    const abort = () => end(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    this.#ends.add(end);
    let pages: AsyncIterator<EntryPage> | undefined;
    try {
      for (;;) {
        if (ended) throw ended.error;
        this.#assertMayAsk();
        const asked = (pages ??= entries(prefix, { ...options, signal: stopping.signal })[Symbol.asyncIterator]());
        const result = await new Promise<IteratorResult<EntryPage>>((resolve, reject) => {
          rejectPage = reject;
          this.#ask(() => asked.next()).then(resolve, reject);
        });
        if (typeof result === 'object' && result?.done) return;
        yield checkPage(this.#options.store, prefix, result?.value);
      }
    } catch (error) {
      if (ended) throw ended.error;
      throw toDriverError(this.#options.store, 'failed in entries', error);
    } finally {
      this.#ends.delete(end);
      signal?.removeEventListener('abort', abort);
      stopping.abort();
      // Not awaited: a driver that does not stop must not hold up the caller.
      Promise.resolve(attempt(() => pages?.return?.())).catch(() => {});
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends) end(this.#toClosedError());
  }

  async #ask<Result>(next: () => Promise<Result>): Promise<Result> {
    this.#pagesUnderWay++;
    try {
      return await this.#race(attempt(next));
    } finally {
      this.#pagesUnderWay--;
    }
  }

  #assertMayAsk(): void {
    const { store, isAway } = this.#options;
    if (this.#isClosed) throw this.#toClosedError();
    if (isAway()) throw new CacheError('CACHE_UNAVAILABLE', `The store '${store}' is away`);
    if (this.#pagesUnderWay < MAX_PAGES_UNDER_WAY) return;
    throw new CacheError('CACHE_OVERLOADED', `Too many listings of the store '${store}' are under way`);
  }

  #toClosedError(): CacheError {
    return new CacheError('CACHE_CLOSED', `The store '${this.#options.store}' is closed`);
  }

  #toUnsupportedError(): CacheError {
    return new CacheError('CACHE_UNSUPPORTED', `The driver of '${this.#options.store}' cannot list entries`);
  }
}
