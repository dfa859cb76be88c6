import type { EntryFigures } from '@greenroom/cache-core';

/** Most prefixes that are counted, one for each plugin. Entries with other prefixes are not counted. */
const MAX_PREFIXES = 1000;
const MAX_CHANGES = 1000;
const PLACES = 32;
/** A prefix that no key has: keys contain no spaces. */
const NO_PREFIX = ' ';
const noFigures: EntryFigures = { entries: 0, bytes: 0, evictions: 0, expiries: 0 };

/** Why an entry was added or removed. */
export type EntryChange = 'changed' | 'evicted' | 'expired';

/** Counts entries by the part of their keys that ends with the first `:`. */
export interface PrefixFigures {
  /** `entries` and `bytes` are differences: how many more there are now. */
  add(key: string, change: EntryChange, entries: number, bytes: number): void;
  find(prefix: string): EntryFigures;
  clear(): void;
}

export function createPrefixFigures(): PrefixFigures {
  return new Figures();
}

interface Counts {
  readonly prefix: string;
  entries: number;
  bytes: number;
  evictions: number;
  expiries: number;
}

interface Change {
  key: string;
  change: EntryChange;
  entries: number;
  bytes: number;
}

class Figures implements PrefixFigures {
  /** Changes that have yet to be counted. Counting many at a time costs half as much. */
  readonly #changes: Change[] = Array.from({ length: MAX_CHANGES }, () => ({
    key: '',
    change: 'changed',
    entries: 0,
    bytes: 0,
  }));
  #waiting = 0;
  readonly #counts = new Map<string, Counts>();
  /**
   * The latest counts, found by a few characters of a key: cutting the prefix from each key and looking it up would take several times
   * as long.
   */
  #latest = newPlaces();

  add(key: string, change: EntryChange, entries: number, bytes: number): void {
    const waiting = this.#changes[this.#waiting++] as Change;
    waiting.key = key;
    waiting.change = change;
    waiting.entries = entries;
    waiting.bytes = bytes;
    if (this.#waiting === MAX_CHANGES) this.#countAll();
  }

  find(prefix: string): EntryFigures {
    this.#countAll();
    const { entries, bytes, evictions, expiries } = this.#counts.get(prefix) ?? noFigures;
    return { entries, bytes, evictions, expiries };
  }

  clear(): void {
    this.#countAll();
    this.#counts.clear();
    this.#latest = newPlaces();
  }

  #countAll(): void {
    for (let index = 0; index < this.#waiting; index++) {
      const waiting = this.#changes[index] as Change;
      const counts = this.#countsOf(waiting.key);
      waiting.key = '';
      counts.entries += waiting.entries;
      counts.bytes += waiting.bytes;
      if (waiting.change === 'evicted') counts.evictions++;
      if (waiting.change === 'expired') counts.expiries++;
    }
    this.#waiting = 0;
  }

  #countsOf(key: string): Counts {
    const place = (key.charCodeAt(0) ^ (key.charCodeAt(2) << 1) ^ (key.charCodeAt(4) << 2)) % PLACES;
    const latest = this.#latest[place] as Counts;
    return key.startsWith(latest.prefix) ? latest : this.#look(key, place);
  }

  #look(key: string, place: number): Counts {
    const prefix = key.slice(0, key.indexOf(':') + 1);
    const known = this.#counts.get(prefix);
    if (known) return (this.#latest[place] = known);
    // A copy: a slice would keep the whole key in memory.
    const counts = { ...noFigures, prefix: Buffer.from(prefix, 'latin1').toString('latin1') };
    if (prefix === '' || this.#counts.size >= MAX_PREFIXES) return counts;
    this.#counts.set(counts.prefix, counts);
    return (this.#latest[place] = counts);
  }
}

function newPlaces(): Counts[] {
  return Array.from({ length: PLACES }, () => ({ ...noFigures, prefix: NO_PREFIX }));
}
