import type { Awaitable } from '../contract/awaitable';
import { CacheError } from '../contract/cacheError';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import type { EntryStore } from './entryStore';
import type { Flight } from './flight';
import { loadInTurns } from './loadInTurns';
import type { InTurn } from './loadInTurns';
import { toFoundResult, toLoadResult } from './loadResult';
import type { LoadResult } from './loadResult';
import type { LoadRun } from './loadRun';
import type { LoadSettings } from './loadSettings';
import { watchLoad } from './watchLoad';

type LoadedMany = ReadonlyMap<string, JsonValue>;

export type LoadMany = (missing: readonly string[], context: { readonly signal: AbortSignal }) => Awaitable<LoadedMany>;

/** One of the keys of a `getOrSetMany` that do not join an earlier flight. */
export interface BatchKey {
  /** The key as the plugin knows it. */
  readonly ownKey: string;
  readonly key: string;
  readonly flight: Flight;
}

/** Adds a key to the load and resolves to its result. `stale`: an entry that may be served while the load runs, or when it fails. */
type BatchLoad = (asking: BatchKey, stale: Entry | undefined) => Promise<LoadResult>;

/**
 * Creates one load for all keys that are added in the same turn of the microtask queue. With `acrossProcesses`, the load is called once for
 * each group of keys whose turn comes at the same time.
 */
export function createBatchLoad(store: EntryStore, run: LoadRun, load: LoadMany, settings: LoadSettings): BatchLoad {
  const missing: BatchKey[] = [];
  let isRefresh = !settings.forceFresh;
  let starting: Promise<(flight: Flight) => Promise<InTurn<LoadedMany>>> | undefined;

  const callIn = (loadRun: LoadRun, keys: readonly BatchKey[]) =>
    watchLoad(store.events, loadRun, keys, isRefresh, () => callLoad(loadRun, keys, load, settings));

  function start(): (flight: Flight) => Promise<InTurn<LoadedMany>> {
    const { leases } = store;
    if (!settings.acrossProcesses || !leases) {
      const turn = callIn(run, missing).then(loaded => ({ loaded }));
      return () => turn;
    }
    const ofFlight = new Map(missing.map(batchKey => [batchKey.flight, batchKey]));
    return loadInTurns(leases, run, [...ofFlight.keys()], settings, (loadRun, flights) =>
      callIn(
        loadRun,
        flights.flatMap(flight => ofFlight.get(flight) ?? []),
      ),
    );
  }

  return async (asking, stale) => {
    missing.push(asking);
    if (!stale) isRefresh = false;
    // Starts in a later microtask, when all keys have been added.
    starting ??= Promise.resolve().then(start);
    const turnOf = await starting;
    const { found, loaded } = await turnOf(asking.flight);
    return found ? toFoundResult(found) : toLoadResult(loaded.get(asking.ownKey), stale, {}, settings);
  };
}

async function callLoad(
  run: LoadRun,
  missing: readonly BatchKey[],
  load: LoadMany,
  { hardTimeoutMs }: LoadSettings,
): Promise<LoadedMany> {
  const ownKeys = missing.map(({ ownKey }) => ownKey);
  const values: unknown = await run.call(signal => load(ownKeys, { signal }), hardTimeoutMs);
  if (isMap(values)) return values;
  throw new CacheError('CACHE_INVALID_VALUE', 'Invalid result of the load: expected a Map of values by key');
}

/** Not by `instanceof`, which fails for the maps of another realm. */
function isMap(values: unknown): values is ReadonlyMap<string, JsonValue> {
  return typeof values === 'object' && values !== null && 'get' in values && typeof values.get === 'function';
}
