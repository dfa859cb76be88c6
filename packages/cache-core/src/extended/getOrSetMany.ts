import type { Awaitable } from '../contract/awaitable';
import { CacheError } from '../contract/cacheError';
import type { ValueSchema } from '../contract/extendedCache';
import type { JsonValue } from '../contract/jsonValue';
import { isFresh } from '../values/entry';
import type { Entry } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import { acceptEntry } from './acceptEntry';
import type { EntryStore } from './entryStore';
import type { Flight, FlightRead } from './flight';
import type { Flights } from './flights';
import { landFlight } from './landFlight';
import { toLoadResult } from './loadResult';
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
  const batch: BatchKey[] = [];
  const waits: Promise<unknown>[] = [];
  const put = (ownKey: string, value: SharedValue | undefined) => void found.set(ownKey, value);

  for (const ownKey of found.keys()) {
    const key = store.toKey(ownKey);
    const joined = flights.find(key, settings.forceFresh);
    if (joined) waits.push(waitFor(store, joined, settings, 'shared').then(value => put(ownKey, value)));
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
  // When all flights have been started.
  const reading = Promise.resolve().then(() => readOrLoadMany(store, flights, run, flying, load, settings));
  batch.forEach(({ ownKey, key }, index) => {
    const read = () => reading.then(reads => reads[index] as FlightRead);
    flying.push({ ownKey, key, flight: flights.start(key, run, settings.forceFresh, read) });
  });

  run.enter();
  try {
    const reads = await until(reading, settings.signal);
    const isAllThere = reads.every(({ hit, stale }) => hit !== undefined || stale);
    // What is stale comes with what is missing, for which the caller waits anyway.
    const own = isAllThere ? settings : { ...settings, softTimeoutMs: Infinity };
    await Promise.all(flying.map(async ({ ownKey, flight }) => put(ownKey, await waitFor(store, flight, own, 'load'))));
  } finally {
    run.leave(settings.signal?.reason);
  }
}

async function readOrLoadMany(
  store: EntryStore,
  flights: Flights,
  run: LoadRun,
  flying: readonly Flying[],
  load: LoadMany,
  settings: LoadSettings,
): Promise<FlightRead[]> {
  const entries = await findAcceptedMany(store, flying, settings.check);
  const hits = entries.map(entry => (!settings.forceFresh && isFresh(entry) ? entry : undefined));
  const missing = flying.filter((_, index) => !hits[index]);
  const isRefresh = !settings.forceFresh && entries.every(entry => entry !== undefined);
  const loading =
    missing.length > 0
      ? watchLoad(store.events, run, missing, isRefresh, () => callLoad(run, missing, load, settings))
      : Promise.resolve(new Map<string, JsonValue>());
  return flying.map(({ ownKey, flight }, index) => {
    const hit = hits[index];
    if (hit) {
      flights.end(flight);
      return { hit: hit.value };
    }
    const entry = entries[index];
    const result = loading.then(values => toLoadResult(values.get(ownKey), entry, {}, settings));
    return { stale: entry, result: landFlight(store, flights, flight, result) };
  });
}

async function findAcceptedMany(
  store: EntryStore,
  flying: readonly Flying[],
  check: ValueSchema | undefined,
): Promise<readonly (Entry | undefined)[]> {
  const entries = await store.readMany(flying.map(({ key }) => key));
  return check ? Promise.all(entries.map(async entry => acceptEntry(entry, check))) : entries;
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
