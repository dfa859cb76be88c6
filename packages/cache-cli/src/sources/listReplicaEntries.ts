import type { ReplicaEntries } from './replicaBodies';
import type { Replica } from './routes';

/** Entries of a plugin, as one replica lists them. */
export interface ListedEntries extends Pick<ReplicaEntries, 'entries' | 'instance' | 'isApproximate'> {
  /** Whether there are more entries than were asked for. */
  readonly hasMore: boolean;
  /** Servers of the store that could not be asked. */
  readonly unreached: readonly string[];
}

/** Largest number of entries in a page of the route. */
const PAGE_LIMIT = 1000;

/** Lists entries page by page, up to the limit. */
export async function listReplicaEntries(
  replica: Replica,
  plugin: string,
  limit: number,
  progress: (entries: number) => void,
): Promise<ListedEntries> {
  const entries: ReplicaEntries['entries'][number][] = [];
  const unreached = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    const page: ReplicaEntries = await replica.get('entries', {
      plugin,
      limit: String(Math.min(limit - entries.length, PAGE_LIMIT)),
      ...(cursor !== undefined && { cursor }),
    });
    const room = limit - entries.length;
    entries.push(...page.entries.slice(0, room));
    page.unreached?.forEach(server => unreached.add(server));
    cursor = page.cursor;
    progress(entries.length);
    const { instance, isApproximate } = page;
    if (cursor === undefined || entries.length >= limit) {
      const hasMore = cursor !== undefined || page.entries.length > room;
      return { entries, instance, isApproximate, hasMore, unreached: [...unreached] };
    }
  }
}
