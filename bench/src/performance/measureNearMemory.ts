import { askOnce } from './askOnce';
import { sizes } from './sample';
import type { Size } from './sample';
import type { Subject } from './subject';

/** The memory of the entries of a layer in the process. */
export interface NearMemory {
  readonly subject: Subject;
  readonly size: Size;
  readonly isFrozen: boolean;
  readonly entries: number;
  /** Growth of the heap, in bytes. */
  readonly heapBytes: number;
  /** Size by the cache's own count, and its limit; absent where only the number of entries is limited. */
  readonly counted?: { readonly bytes: number; readonly maxBytes: number };
}

/** Fills Greenroom's near cache until entries are evicted, and those of others with as many entries. Always in a new process. */
export async function measureNearMemory(url: string, isCompared: boolean): Promise<readonly NearMemory[]> {
  const measured: NearMemory[] = [];
  const measure = async (subject: Subject, size: Size, isFrozen: boolean, entries: number) => {
    const args = [subject, url, size, isFrozen ? 'frozen' : 'plain', String(entries)];
    const found = await askOnce<Omit<NearMemory, 'subject' | 'size' | 'isFrozen'>>('./nearMemoryProcess.ts', args);
    measured.push({ subject, size, isFrozen, ...found });
    return found.entries;
  };
  for (const size of sizes) {
    const entries = await measure('greenroom, near', size, false, NaN);
    await measure('greenroom, near', size, true, NaN);
    if (!isCompared) continue;
    await measure('bentocache, two layers', size, false, entries);
    await measure('cacheable, two layers', size, false, entries);
  }
  return measured;
}
