import type { OpenStore } from '../sources/openStore';
import { formatCount, formatDuration } from '../output/units';
import type { Printer } from '../output/printer';

/** The store that was asked, for people: `redis at 127.0.0.1:6379, namespace my-app`. */
export function toHeadline({ store, namespace, manager }: OpenStore): string {
  const servers = manager.servers().join(', ');
  return `${store}${servers === '' ? '' : ` at ${servers}`}${namespace === '' ? '' : `, namespace ${namespace}`}`;
}

/** The store that was asked, for programs. */
export function toSummary({ store, namespace, manager }: OpenStore): object {
  return { version: 1, store, servers: manager.servers(), ...(namespace !== '' && { namespace }) };
}

/** Whether the store's list of entries can differ from what it holds. */
export function isApproximate({ store }: OpenStore): boolean {
  return store === 'memcache';
}

/** Says which servers could not be asked, and what that means. */
export function noteUnreached(printer: Printer, unreached: readonly string[], meaning: string): void {
  if (unreached.length === 0) return;
  const many = unreached.length > 1;
  printer.note(
    `${unreached.length} server${many ? 's' : ''} could not be reached: ${unreached.join(', ')}. ${meaning} ` +
      `Try again when ${many ? 'they are' : 'it is'} back.`,
  );
}

/** Says for people what was removed, or would be. */
export function toRemovedText(entries: number | undefined, isDryRun: boolean): string {
  const count = entries === undefined ? 'The entries' : entries === 1 ? '1 entry' : `${formatCount(entries)} entries`;
  return isDryRun ? `${count} would be removed; nothing was.` : `${count} removed.`;
}

/** Says what a clear does not reach at once. @param maxStalenessMs - That of the backends' near caches; `undefined` without one. */
export function toNearText(maxStalenessMs: number | undefined): string {
  if (maxStalenessMs === undefined) return '';
  return ` Backends with a near cache may go on serving what they have read for up to ${formatDuration(maxStalenessMs)}.`;
}
