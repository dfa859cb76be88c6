import type { CacheManager, EntryPage, StoredEntry } from '@greenroom/cache-core';

/** What the store holds of one plugin. */
export interface PluginCount {
  readonly plugin: string;
  readonly entries: number;
  /** Entries whose sizes and expiries are known. */
  readonly sampled: number;
  /** Bytes of all entries, from those of the sample. Absent where the store does not tell. */
  readonly bytes?: number;
  /** Parts of the sample by time left, from 0 to 1. Absent where the store does not tell. */
  readonly expiry?: ExpiryShares;
}

/** Parts of entries by time left; together they are 1. */
export interface ExpiryShares {
  readonly never: number;
  readonly withinMinute: number;
  readonly withinHour: number;
  readonly withinDay: number;
  readonly later: number;
}

/** What the store holds. */
export interface StoreCount {
  /** The largest first. */
  readonly plugins: readonly PluginCount[];
  /** Keys that are none of a plugin. */
  readonly others: number;
  /** Servers that could not be asked. */
  readonly unreached: readonly string[];
}

/** How to count. */
export interface CountOptions {
  readonly signal: AbortSignal;
  progress(entries: number): void;
}

/** Sizes and expiries of so many entries are asked for, of each plugin: asking is ten times slower than counting. */
const SAMPLE_SIZE = 1000;
/** A plugin with fewer is asked about even where it is a small part of a page. */
const SMALL_SAMPLE_SIZE = 30;
const WORTHWHILE_SHARE = 0.1;

/** Counts all entries under the namespace, one page after the other. */
export async function countEntries(manager: CacheManager, options: CountOptions): Promise<StoreCount> {
  const tallies = new Map<string, Tally>();
  const unreached = new Set<string>();
  let others = 0;
  let total = 0;
  for await (const page of listPages(manager, () => isWorthAsking(tallies), options.signal)) {
    for (const tally of tallies.values()) tally.onPage = 0;
    for (const entry of page.entries) {
      const plugin = manager.describeKey(entry.key)?.pluginId;
      if (plugin === undefined) {
        others++;
        continue;
      }
      let tally = tallies.get(plugin);
      if (!tally) tallies.set(plugin, (tally = new Tally(plugin)));
      tally.add(entry);
    }
    page.unreached?.forEach(server => unreached.add(server));
    total += page.entries.length;
    options.progress(total);
  }
  const plugins = [...tallies.values()].map(tally => tally.toCount());
  plugins.sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0) || b.entries - a.entries);
  return { plugins, others, unreached: [...unreached] };
}

/** Pages with details for as long as they are wanted. Changes at a cursor, where the store has one. */
async function* listPages(
  manager: CacheManager,
  wantsDetails: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<EntryPage> {
  let cursor: string | undefined;
  for (;;) {
    const details = wantsDetails();
    const start = cursor;
    cursor = undefined;
    for await (const page of manager.entries(undefined, {
      details,
      signal,
      ...(start !== undefined && { cursor: start }),
    })) {
      yield page;
      cursor = page.cursor;
      if (cursor !== undefined && wantsDetails() !== details) break;
      cursor = undefined;
    }
    if (cursor === undefined) return;
  }
}

/** Whether the next page is to have details, judged by the one before. */
function isWorthAsking(tallies: ReadonlyMap<string, Tally>): boolean {
  const all = [...tallies.values()];
  if (all.length === 0) return true;
  const onPage = all.reduce((sum, tally) => sum + tally.onPage, 0);
  const lacking = all.filter(tally => tally.onPage > 0 && tally.sampled < SAMPLE_SIZE);
  const share = lacking.reduce((sum, tally) => sum + tally.onPage, 0) / (onPage || 1);
  return share >= WORTHWHILE_SHARE || lacking.some(tally => tally.sampled < SMALL_SAMPLE_SIZE);
}

class Tally {
  /** Entries on the page that was counted last. */
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
