import type { StoredEntry } from '@greenroom/cache-core';
import { formatCount } from '../output/units';
import type { OpenStore } from '../sources/openStore';
import { UsageError } from '../usage/usageError';
import type { Command, CommandContext } from './commandContext';
import { isApproximate, noteUnreached, toHeadline, toSummary } from './describeStore';
import { printEntries } from './printEntries';
import type { ShownEntry } from './printEntries';
import { replicaInspect } from './replicaInspect';
import { readPlugin } from './readPlugin';
import { withStore } from './withStore';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 100_000;

/** Lists the entries of a plugin. */
export const inspect: Command = context => {
  const plugin = readPlugin(context.values);
  const limit = readLimit(context.values.limit);
  return context.values.url.length > 0
    ? replicaInspect(context, plugin, limit)
    : withStore(context, store => inspectStore(context, store, plugin, limit));
};

async function inspectStore(
  { printer, signal, values }: CommandContext,
  store: OpenStore,
  plugin: string,
  limit: number,
): Promise<0 | 1> {
  const { manager } = store;
  // A key may be listed twice while the store grows, so entries are kept by key.
  const found = new Map<string, StoredEntry>();
  const unreached = new Set<string>();
  let hasMore = false;
  for await (const page of manager.entries(plugin, { details: true, pageSize: Math.min(limit + 1, 500), signal })) {
    page.unreached?.forEach(server => unreached.add(server));
    for (const entry of page.entries) {
      // A lease only says that a process is loading a value.
      if (manager.describeKey(entry.key)?.kind === 'lease') continue;
      if (found.size < limit || found.has(entry.key)) found.set(entry.key, entry);
      else hasMore = true;
    }
    if (hasMore) break;
    printer.progress(`${formatCount(found.size)} entries found`);
  }
  const nowMs = Date.now();
  const entries = [...found.values()].map(entry => toShown(entry, store, plugin, nowMs));
  if (values.json) {
    printer.json({
      ...toSummary(store),
      ...{ plugin, entries, hasMore, isApproximate: isApproximate(store), unreached: [...unreached] },
    });
  } else {
    printer.line(`${toHeadline(store)}, plugin ${plugin}`);
    printEntries(printer, entries, hasMore, nowMs);
  }
  noteUnreached(printer, [...unreached], 'Their entries are not listed.');
  return unreached.size > 0 ? 1 : 0;
}

/** Returns an entry as it is shown. A key that is stored as a digest, or that another program has written, is shown as stored. */
function toShown(
  { key, bytes, expiresInMs }: StoredEntry,
  store: OpenStore,
  plugin: string,
  nowMs: number,
): ShownEntry {
  const described = store.manager.describeKey(key);
  const stored = key.slice(key.indexOf(`${plugin}:`, store.namespace.length) + plugin.length + 1);
  const namespaces = described?.namespaces?.map(name => name ?? '(digest of a name)') ?? [];
  return {
    key: described?.key === undefined ? stored : [...namespaces, described.key].join(' > '),
    ...(bytes !== undefined && { bytes }),
    ...(expiresInMs !== undefined && {
      expiresAt: expiresInMs === null ? null : new Date(nowMs + expiresInMs).toISOString(),
    }),
  };
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new UsageError(`--limit needs a whole number from 1 to ${formatCount(MAX_LIMIT)}, such as --limit 500`);
  }
  return limit;
}
