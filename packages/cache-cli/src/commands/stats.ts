import { countEntries } from '../sources/countEntries';
import type { ExpiryShares, PluginCount, StoreCount } from '../sources/countEntries';
import { formatBytes, formatCount, formatShare } from '../output/units';
import type { Printer } from '../output/printer';
import type { Command, CommandContext } from './commandContext';
import { isApproximate, noteUnreached, toHeadline, toSummary } from './describeStore';
import { replicaStats } from './replicaStats';
import { withStore } from './withStore';

/** Counts entries, bytes and expiries by plugin: those of the store, or those that replicas report. */
export const stats: Command = context => (context.values.url.length > 0 ? replicaStats(context) : storeStats(context));

function storeStats(context: CommandContext): Promise<0 | 1> {
  const { printer, signal, values } = context;
  return withStore(context, async store => {
    const startedAtMs = performance.now();
    const progress = (entries: number) => printer.progress(`${formatCount(entries)} entries counted`);
    const counted = await countEntries(store.manager, { signal, progress });
    const durationMs = Math.round(performance.now() - startedAtMs);
    if (values.json)
      printer.json({ ...toSummary(store), durationMs, ...toJson(counted), isApproximate: isApproximate(store) });
    else print(printer, counted, [toHeadline(store), ...(isApproximate(store) ? [APPROXIMATE] : [])]);
    noteUnreached(printer, counted.unreached, 'Their entries are not counted.');
    return counted.unreached.length > 0 ? 1 : 0;
  });
}

const APPROXIMATE =
  'Memcached lists what it holds approximately: a few entries are missing, and some may be gone already.';

function toJson({ plugins, others, unreached }: StoreCount): object {
  return {
    plugins: plugins.map(({ entries, sampled, ...plugin }) => ({
      ...plugin,
      entries,
      sampled,
      isEstimate: sampled < entries,
    })),
    otherEntries: others,
    unreached,
  };
}

function print(printer: Printer, { plugins, others }: StoreCount, headlines: readonly string[]): void {
  headlines.forEach(line => printer.line(line));
  printer.line();
  if (plugins.length === 0) printer.line('No plugin has an entry.');
  else {
    printer.table(
      [
        { heading: 'PLUGIN' },
        ...['ENTRIES', 'BYTES', 'MEAN', 'NO EXPIRY', '<= 1 MIN', '<= 1 H', '<= 1 D', 'LATER'].map(heading => ({
          ...{ heading, isNumber: true },
        })),
      ],
      plugins.map(toRow),
    );
  }
  const isEstimated = plugins.some(({ bytes, sampled, entries }) => bytes !== undefined && sampled < entries);
  const notes = [
    ...(isEstimated ? ['~ from a sample, as are the expiries of these plugins'] : []),
    ...(others > 0
      ? [`Keys that belong to no plugin: ${formatCount(others)}. Somebody else writes to this store.`]
      : []),
  ];
  if (notes.length > 0) printer.line();
  notes.forEach(note => printer.line(note));
}

function toRow({ plugin, entries, sampled, bytes, expiry }: PluginCount): string[] {
  const mark = sampled < entries ? '~' : '';
  const sizes = bytes === undefined ? ['-', '-'] : [mark + formatBytes(bytes), mark + formatBytes(bytes / entries)];
  const shares: readonly (keyof ExpiryShares)[] = ['never', 'withinMinute', 'withinHour', 'withinDay', 'later'];
  return [plugin, formatCount(entries), ...sizes, ...shares.map(share => (expiry ? formatShare(expiry[share]) : '-'))];
}
