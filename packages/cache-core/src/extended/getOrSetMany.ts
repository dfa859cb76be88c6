import type { Awaitable } from '../contract/awaitable';
import { CacheError } from '../contract/cacheError';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import { acceptEntry } from './acceptEntry';
import type { EntryStore } from './entryStore';
import type { Flight } from './flight';
import type { Flights } from './flights';
import { landFlight } from './landFlight';
import { loadInTurns } from './loadInTurns';
import type { InTurn } from './loadInTurns';
import { toFoundResult, toLoadResult } from './loadResult';
import { LoadRun } from './loadRun';
import type { LoadSettings } from './loadSettings';
import { until } from './until';
import { waitFor } from './waitFor';
import { watchLoad } from './watchLoad';

export type LoadMany = (
  missing: readonly string[],
  context: { readonly signal: AbortSignal },
) => Awaitable<ReadonlyMap<string, JsonValue>>;

/** As `getOrSet` for several keys, with one load for all that no other flight brings. Returns values by the plugin's own key. */
export async function getOrSetMany(
  store: EntryStore,
  flights: Flights,
  ownKeys: readonly string[],
  load: LoadMany,
  settings: LoadSettings,
): Promise<Map<string, SharedValue>> {
  if (settings.signal?.aborted) throw settings.signal.reason;
  const found = new Map<string, SharedValue | undefined>(ownKeys.map(ownKey => [ownKey, undefined]));
  // Before anything is joined: a wrong key throws.
  const asked = [...found.keys()].map(ownKey => ({ ownKey, key: store.toKey(ownKey) }));
  const batch: BatchKey[] = [];
  const waits: Promise<unknown>[] = [];
  const put = (ownKey: string, value: SharedValue | undefined) => void found.set(ownKey, value);

  for (const { ownKey, key } of asked) {
    const joined = flights.find(key, settings.forceFresh);
    if (joined) waits.push(waitFor(store, flights, joined, settings, 'shared').then(value => put(ownKey, value)));
    else batch.push({ ownKey, key });
  }
  if (batch.length > 0) waits.push(flyBatch(store, flights, batch, load, settings, put));
  await Promise.all(waits);
  return new Map([...found].filter((entry): entry is [string, SharedValue] => entry[1] !== undefined));
}

interface BatchKey {
  readonly ownKey: string;
  readonly key: string;
}

interface Flying extends BatchKey {
  readonly flight: Flight;
}

async function flyBatch(
  store: EntryStore,
  flights: Flights,
  batch: readonly BatchKey[],
  load: LoadMany,
  settings: LoadSettings,
  put: (ownKey: string, value: SharedValue | undefined) => void,
): Promise<void> {
  const run = new LoadRun();
  const flying: Flying[] = [];
  const loadMissing = createBatchLoad(store, run, load, settings);
  // When all flights have been started.
  const readingAll = Promise.resolve().then(() => readBatch(store, flying, settings));
  batch.forEach(({ ownKey, key }, index) => {
    const reading = readingAll.then(entries => entries[index]);
    const flight = flights.start({
      ...{ key, run, isForced: settings.forceFresh, reading },
      load(started, stale) {
        const turn = loadMissing({ ownKey, key, flight: started }, stale);
        const result = turn.then(({ found, loaded }) =>
          found ? toFoundResult(found) : toLoadResult(loaded.get(ownKey), stale, {}, settings),
        );
        return landFlight(store, flights, started, result);
      },
    });
    // Nobody may be left to hear of it.
    reading.catch(() => flights.end(flight));
    flying.push({ ownKey, key, flight });
  });

  run.enter();
  try {
    const entries = await until(readingAll, settings.signal);
    const isThere = flying.map((_, index) => entries[index] !== undefined);
    const waitForAll = (keys: readonly Flying[], own: LoadSettings) =>
      Promise.all(
        keys.map(async ({ ownKey, flight }) => put(ownKey, await waitFor(store, flights, flight, own, 'load'))),
      );
    await waitForAll(
      flying.filter((_, index) => !isThere[index]),
      settings,
    );
    await waitForAll(
      flying.filter((_, index) => isThere[index]),
      isThere.includes(false) ? withPatience(settings) : settings,
    );
  } finally {
    run.leave(settings.signal?.reason);
  }
}

/** What is stale comes with what is missing, for which the caller has waited anyway; but not what another process loads. */
function withPatience(settings: LoadSettings): LoadSettings {
  const softTimeoutMs = settings.acrossProcesses ? Math.max(1, settings.softTimeoutMs) : Infinity;
  return { ...settings, softTimeoutMs };
}

/** Reads all keys, and starts the load of those that are not fresh. */
async function readBatch(
  store: EntryStore,
  flying: readonly Flying[],
  settings: LoadSettings,
): Promise<readonly (Entry | undefined)[]> {
  const entries = await findAcceptedMany(store, flying, settings);
  flying.forEach(({ flight }, index) => void flight.loadUnlessFresh(entries[index]));
  return entries;
}

type LoadedMany = ReadonlyMap<string, JsonValue>;

async function findAcceptedMany(
  store: EntryStore,
  flying: readonly Flying[],
  { check, frozen }: LoadSettings,
): Promise<readonly (Entry | undefined)[]> {
  const entries = await store.readMany(
    flying.map(({ key }) => key),
    frozen,
  );
  return check ? Promise.all(entries.map(async entry => acceptEntry(entry, check))) : entries;
}

/** One load for all keys that ask for it in one turn of the microtasks; with `acrossProcesses`, for all whose turn comes together. */
function createBatchLoad(store: EntryStore, run: LoadRun, load: LoadMany, settings: LoadSettings) {
  const missing: Flying[] = [];
  let isRefresh = !settings.forceFresh;
  let starting: Promise<(flight: Flight) => Promise<InTurn<LoadedMany>>> | undefined;

  const callIn = (loadRun: LoadRun, keys: readonly Flying[]) =>
    watchLoad(store.events, loadRun, keys, isRefresh, () => callLoad(loadRun, keys, load, settings));

  function start(): (flight: Flight) => Promise<InTurn<LoadedMany>> {
    const { leases } = store;
    if (!settings.acrossProcesses || !leases) {
      const turn = callIn(run, missing).then(loaded => ({ loaded }));
      return () => turn;
    }
    const ofFlight = new Map(missing.map(flying => [flying.flight, flying]));
    return loadInTurns(leases, run, [...ofFlight.keys()], settings, (loadRun, flights) =>
      callIn(
        loadRun,
        flights.flatMap(flight => ofFlight.get(flight) ?? []),
      ),
    );
  }

  return async (asking: Flying, stale: Entry | undefined) => {
    missing.push(asking);
    if (!stale) isRefresh = false;
    // When all have asked.
    starting ??= Promise.resolve().then(start);
    return (await starting)(asking.flight);
  };
}

async function callLoad(
  run: LoadRun,
  missing: readonly Flying[],
  load: LoadMany,
  { hardTimeoutMs }: LoadSettings,
): Promise<ReadonlyMap<string, JsonValue>> {
  const ownKeys = missing.map(({ ownKey }) => ownKey);
  const values: unknown = await run.call(signal => load(ownKeys, { signal }), hardTimeoutMs);
  if (isMap(values)) return values;
  throw new CacheError('CACHE_INVALID_VALUE', 'Invalid result of the load: expected a Map of values by key');
}

/** Not by `instanceof`, which fails for the maps of another realm. */
function isMap(values: unknown): values is ReadonlyMap<string, JsonValue> {
  return typeof values === 'object' && values !== null && 'get' in values && typeof values.get === 'function';
}
