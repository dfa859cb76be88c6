import type { EntryFigures } from '@greenroom/cache-core';
import type { Counts, PluginCounts } from '../figures/pluginCounts';
import type { PluginFigures } from './cacheOperatorService';

/** @param held - What a store in the process holds of the plugin. */
export function toPluginFigures(
  { pluginId, hasNear, operations, ...counts }: PluginCounts,
  held: EntryFigures | undefined,
): PluginFigures {
  const { get = {}, set = {}, delete: remove = {} } = operations;
  const ofAll = (result: 'error' | 'bypass') => sum([get[result], set[result], remove[result]]);
  return {
    plugin: pluginId,
    hits: sum([get.hit, get.near, get.stale]),
    ...(hasNear && { nearHits: sum([get.near]) }),
    misses: sum([get.miss]),
    errors: ofAll('error'),
    bypasses: ofAll('bypass'),
    sets: sum([set.ok]),
    deletes: sum([remove.ok]),
    setsWithoutTtl: counts.setsWithoutTtl,
    operations: counts.sent,
    durationMsTotal: counts.sentMs,
    ...(counts.lookups && { lookups: copy(counts.lookups), shielded: counts.lookups.shielded ?? 0 }),
    ...(counts.loads && { loads: copy(counts.loads) }),
    ...(held && pick(held)),
  };
}

function pick({ entries, bytes, evictions, expiries }: EntryFigures): EntryFigures {
  return { entries, bytes, evictions, expiries };
}

/** Copies counts for the caller, so that they do not change later. */
function copy<Name extends string>(counts: Counts<Name>): Counts<Name> {
  return { ...counts };
}

function sum(counts: readonly (number | undefined)[]): number {
  return counts.reduce<number>((total, count = 0) => total + count, 0);
}
