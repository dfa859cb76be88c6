import type { Entry } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import { acceptEntry } from './acceptEntry';
import { createBatchLoad } from './batchLoad';
import type { BatchKey, LoadMany } from './batchLoad';
import type { EntryStore } from './entryStore';
import type { Flights } from './flights';
import { landFlight } from './landFlight';
import { LoadRun } from './loadRun';
import type { LoadSettings } from './loadSettings';
import { until } from './until';
import { waitFor } from './waitFor';

/**
 * Like `getOrSet` for several keys, with one load for all keys that do not join an earlier flight. Returns values by the plugin's own key.
 */
export async function getOrSetMany(
  store: EntryStore,
  flights: Flights,
  ownKeys: readonly string[],
  load: LoadMany,
  settings: LoadSettings,
): Promise<Map<string, SharedValue>> {
  if (settings.signal?.aborted) throw settings.signal.reason;
  const found = new Map<string, SharedValue | undefined>(ownKeys.map(ownKey => [ownKey, undefined]));
  // Comes before any flight is joined, as an invalid key throws.
  const asked = [...found.keys()].map(ownKey => ({ ownKey, key: store.toKey(ownKey) }));
  const batch: AskedKey[] = [];
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

type AskedKey = Omit<BatchKey, 'flight'>;

/** Reads the keys together, loads those that are not fresh, and passes their values to `put`. */
async function flyBatch(
  store: EntryStore,
  flights: Flights,
  batch: readonly AskedKey[],
  load: LoadMany,
  settings: LoadSettings,
  put: (ownKey: string, value: SharedValue | undefined) => void,
): Promise<void> {
  const run = new LoadRun();
  const flying: BatchKey[] = [];
  const loadMissing = createBatchLoad(store, run, load, settings);
  const asked = store.askTime?.();
  // Reads in a later microtask, when all flights have been started.
  const readingAll = Promise.resolve().then(() => readBatch(store, flying, settings));
  batch.forEach(({ ownKey, key }, index) => {
    const reading = readingAll.then(entries => entries[index]);
    const flight = flights.start({
      ...{ key, run, isForced: settings.forceFresh, reading, asked },
      load(started, stale) {
        return landFlight(store, flights, started, loadMissing({ ownKey, key, flight: started }, stale));
      },
    });
    // If the read fails, there may be no waiting caller left to end the flight.
    reading.catch(() => flights.end(flight));
    flying.push({ ownKey, key, flight });
  });

  run.enter();
  try {
    const entries = await until(readingAll, settings.signal);
    const isThere = flying.map((_, index) => entries[index] !== undefined);
    const waitForAll = (keys: readonly BatchKey[], own: LoadSettings) =>
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

/**
 * The caller waits for the load of missing keys anyway, which also brings fresh values for the stale keys. Not with `acrossProcesses`:
 * another process may be loading the stale keys.
 */
function withPatience(settings: LoadSettings): LoadSettings {
  const softTimeoutMs = settings.acrossProcesses ? Math.max(1, settings.softTimeoutMs) : Infinity;
  return { ...settings, softTimeoutMs };
}

/** Reads all keys, and starts the load of those that are not fresh. */
async function readBatch(
  store: EntryStore,
  flying: readonly BatchKey[],
  settings: LoadSettings,
): Promise<readonly (Entry | undefined)[]> {
  const entries = await findAcceptedMany(store, flying, settings);
  flying.forEach(({ flight }, index) => void flight.loadUnlessFresh(entries[index]));
  return entries;
}

async function findAcceptedMany(
  store: EntryStore,
  flying: readonly BatchKey[],
  { check, frozen }: LoadSettings,
): Promise<readonly (Entry | undefined)[]> {
  const entries = await store.readMany(
    flying.map(({ key }) => key),
    frozen,
  );
  return check ? Promise.all(entries.map(async entry => acceptEntry(entry, check))) : entries;
}
