import { isCacheError } from '@greenroom/cache-core';
import type { ClearedEntries } from '@greenroom/cache-core';
import { formatCount } from '../output/units';
import type { Printer } from '../output/printer';
import { removeOneByOne } from '../sources/removeOneByOne';
import type { OpenStore } from '../sources/openStore';
import type { Command, CommandContext } from './commandContext';
import { isApproximate, noteUnreached, toHeadline, toNearText, toRemovedText, toSummary } from './describeStore';
import { readPlugin } from './readPlugin';
import { replicaClear } from './replicaClear';
import { withStore } from './withStore';

/** Timeout of a clear, which may have to go through a whole store. */
const TIMEOUT_MS = 300_000;
const TICK_MS = 1000;

/** Removes all entries of a plugin, or counts them. */
export const clear: Command = context => {
  const plugin = readPlugin(context.values);
  return context.values.url.length > 0
    ? replicaClear(context, plugin)
    : withStore(context, store => clearStore(context, store, plugin));
};

async function clearStore(context: CommandContext, store: OpenStore, plugin: string): Promise<0 | 1> {
  const { printer, values } = context;
  const isDryRun = values['dry-run'];
  const { entries, unreached = [] } = isDryRun
    ? await countPlugin(context, store, plugin)
    : await removePlugin(context, store, plugin);
  const maxStalenessMs = isDryRun ? undefined : store.maxStalenessOf(plugin);
  if (values.json) {
    printer.json({
      ...toSummary(store),
      ...{
        plugin,
        isDryRun,
        ...(entries !== undefined && { entries }),
        ...(maxStalenessMs !== undefined && { maxStalenessMs }),
        isApproximate: isApproximate(store),
        unreached,
      },
    });
  } else {
    printer.line(`${toHeadline(store)}, plugin ${plugin}`);
    printer.line(toRemovedText(entries, isDryRun) + toNearText(maxStalenessMs));
    if (isApproximate(store)) {
      printer.line(
        'Memcached does not list all that it holds: what is left goes with its ttl, or when room is needed.',
      );
    }
  }
  noteUnreached(printer, unreached, isDryRun ? 'Their entries are not counted.' : 'What they hold is still there.');
  return unreached.length > 0 ? 1 : 0;
}

async function countPlugin(
  { printer, signal }: CommandContext,
  { manager }: OpenStore,
  plugin: string,
): Promise<ClearedEntries> {
  const unreached = new Set<string>();
  let entries = 0;
  for await (const page of manager.entries(plugin, { signal })) {
    entries += page.entries.length;
    page.unreached?.forEach(server => unreached.add(server));
    printer.progress(`${formatCount(entries)} entries counted`);
  }
  return { entries, unreached: [...unreached] };
}

async function removePlugin(context: CommandContext, store: OpenStore, plugin: string): Promise<ClearedEntries> {
  const { printer, signal } = context;
  const startedAtMs = performance.now();
  const ticking = setInterval(() => {
    printer.progress(`Removing, for ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  }, TICK_MS);
  try {
    return await untilAborted(store.manager.clear(plugin, { timeoutMs: TIMEOUT_MS }), signal);
  } catch (error) {
    if (!isCacheError(error, 'CACHE_UNSUPPORTED')) throw error;
    return await removeOneByOne(store, plugin, { signal, progress: countRemoved(printer) });
  } finally {
    clearInterval(ticking);
  }
}

const countRemoved = (printer: Printer) => (entries: number) =>
  printer.progress(`${formatCount(entries)} entries removed`);

/** Rejects when the signal fires. The clear itself ends when the manager is closed, right afterwards. */
function untilAborted<Result>(running: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
