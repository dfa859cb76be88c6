import type { CacheManager, EntryPage, StoredEntry } from '@greenroom/cache-core';

/** What the store holds of one plugin. */
export interface PluginCount {
  readonly plugin: string;
  readonly entries: number;
  /** Number of entries whose size and expiry are known. */
  readonly sampled: number;
  /** Bytes of all entries, estimated from the sample. Absent where the store does not tell sizes. */
  readonly bytes?: number;
  /** Shares of the sample by time left, from 0 to 1. Absent where the store does not tell expiries. */
  readonly expiry?: ExpiryShares;
}

/** Shares of entries by time left; their sum is 1. */
export interface ExpiryShares {
  readonly never: number;
  readonly withinMinute: number;
  readonly withinHour: number;
  readonly withinDay: number;
  readonly later: number;
}

/** What the store holds. */
export interface StoreCount {
  /** The plugins, the largest first. */
  readonly plugins: readonly PluginCount[];
  /** Number of keys that belong to no plugin. */
  readonly others: number;
  /** Servers that could not be asked. */
  readonly unreached: readonly string[];
}

/** How to count. */
export interface CountOptions {
  readonly signal: AbortSignal;
  progress(entries: number): void;
}

/** Size and expiry of this many entries of each plugin are asked for, as that is ten times slower than counting. */
const SAMPLE_SIZE = 1000;
/** A plugin with fewer sampled entries gets details even if it is a small part of a page. */
const SMALL_SAMPLE_SIZE = 30;
const WORTHWHILE_SHARE = 0.1;

/** Counts all entries under the namespace, one page after the other. */
export async function countEntries(manager: CacheManager, options: CountOptions): Promise<StoreCount> {
  const tallies = new Tallies(manager);
  const unreached = new Set<string>();
  let total = 0;
  for await (const page of listPages(manager, tallies, options.signal)) {
    tallies.addPage(page.entries);
    page.unreached?.forEach(server => unreached.add(server));
    total += page.entries.length;
    options.progress(total);
  }
  return { ...tallies.toCounts(), unreached: [...unreached] };
}

/** Lists pages, with details where they are needed. The listing is restarted at a page if the store has cursors. */
async function* listPages(manager: CacheManager, tallies: Tallies, signal: AbortSignal): AsyncGenerator<EntryPage> {
  const listFrom = (cursor: string | undefined, details: boolean) =>
    manager.entries(undefined, { details, signal, ...(cursor !== undefined && { cursor }) });
  let start: string | undefined;
  do {
    const details = tallies.isWorthAsking();
    for await (const listed of listFrom(start, details)) {
      let page = listed;
      let isInPlace = false;
      if (!details && tallies.isNeeded(listed.entries)) {
        for await (page of listFrom(start, true)) break;
        isInPlace = true;
      }
      yield page;
      start = page.cursor;
      if (start !== undefined && (isInPlace || tallies.isWorthAsking() !== details)) break;
    }
  } while (start !== undefined);
}

/** The counts so far, and the decision which pages need details. */
class Tallies {
  readonly #manager: CacheManager;
  readonly #byPlugin = new Map<string, Tally>();
  #others = 0;
  /** The store has given no details although it was asked: it does not have them, or the user lacks a right. */
  #areRefused = false;

  constructor(manager: CacheManager) {
    this.#manager = manager;
  }

  addPage(entries: readonly StoredEntry[]): void {
    for (const tally of this.#byPlugin.values()) tally.onPage = 0;
    for (const entry of entries) {
      const plugin = this.#toPlugin(entry);
      if (plugin === undefined) {
        this.#others++;
        continue;
      }
      let tally = this.#byPlugin.get(plugin);
      if (!tally) this.#byPlugin.set(plugin, (tally = new Tally(plugin)));
      tally.add(entry);
    }
  }

  /** Whether the next page should have details, judging by the last one. */
  isWorthAsking(): boolean {
    if (this.#areRefused) return false;
    const all = [...this.#byPlugin.values()];
    if (all.length === 0) return true;
    // The first page was asked for with details, so by now there would be some.
    this.#areRefused = all.every(({ sampled }) => sampled === 0);
    const onPage = all.reduce((sum, tally) => sum + tally.onPage, 0);
    const lacking = all.filter(({ sampled }) => sampled < SAMPLE_SIZE).reduce((sum, tally) => sum + tally.onPage, 0);
    return !this.#areRefused && lacking >= WORTHWHILE_SHARE * onPage && lacking > 0;
  }

  /** Whether a page without details has entries of a plugin with too small a sample. */
  isNeeded(entries: readonly StoredEntry[]): boolean {
    if (this.#areRefused) return false;
    const withoutDetails = entries.filter(({ bytes, expiresInMs }) => bytes === undefined && expiresInMs === undefined);
    const plugins = new Set(withoutDetails.map(entry => this.#toPlugin(entry)));
    plugins.delete(undefined);
    return [...plugins].some(plugin => (this.#byPlugin.get(plugin ?? '')?.sampled ?? 0) < SMALL_SAMPLE_SIZE);
  }

  /** The counts, the largest plugin first. */
  toCounts(): Omit<StoreCount, 'unreached'> {
    const plugins = [...this.#byPlugin.values()].map(tally => tally.toCount());
    plugins.sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0) || b.entries - a.entries);
    return { plugins, others: this.#others };
  }

  #toPlugin({ key }: StoredEntry): string | undefined {
    return this.#manager.describeKey(key)?.pluginId;
  }
}

class Tally {
  /** Number of its entries on the latest page. */
  onPage = 0;
  sampled = 0;
  #entries = 0;
  #bytes = 0;
  #withBytes = 0;
  #withExpiry = 0;
  readonly #expiry = { never: 0, withinMinute: 0, withinHour: 0, withinDay: 0, later: 0 };

  constructor(readonly plugin: string) {}

  add({ bytes, expiresInMs }: StoredEntry): void {
    this.#entries++;
    this.onPage++;
    if (bytes !== undefined || expiresInMs !== undefined) this.sampled++;
    if (bytes !== undefined) {
      this.#bytes += bytes;
      this.#withBytes++;
    }
    if (expiresInMs !== undefined) {
      this.#expiry[toBucket(expiresInMs)]++;
      this.#withExpiry++;
    }
  }

  toCount(): PluginCount {
    const toShare = (count: number) => count / this.#withExpiry;
    const { never, withinMinute, withinHour, withinDay, later } = this.#expiry;
    return {
      plugin: this.plugin,
      entries: this.#entries,
      sampled: this.sampled,
      ...(this.#withBytes > 0 && { bytes: Math.round((this.#bytes / this.#withBytes) * this.#entries) }),
      ...(this.#withExpiry > 0 && {
        expiry: {
          never: toShare(never),
          withinMinute: toShare(withinMinute),
          withinHour: toShare(withinHour),
          withinDay: toShare(withinDay),
          later: toShare(later),
        },
      }),
    };
  }
}

function toBucket(expiresInMs: number | null): keyof ExpiryShares {
  if (expiresInMs === null) return 'never';
  if (expiresInMs <= 60_000) return 'withinMinute';
  if (expiresInMs <= 3_600_000) return 'withinHour';
  return expiresInMs <= 86_400_000 ? 'withinDay' : 'later';
}
