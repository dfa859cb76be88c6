import type { Awaitable } from '../contract/awaitable';
import type { LoadContext } from '../contract/extendedCache';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import { isFresh } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import { isPromise } from '../guard/ownPromise';
import { acceptEntry } from './acceptEntry';
import type { EntryStore } from './entryStore';
import type { Flight, FlightRead } from './flight';
import type { Flights } from './flights';
import { landFlight } from './landFlight';
import { createLoadContext } from './loadContext';
import type { LoadDecision } from './loadContext';
import { toLoadResult } from './loadResult';
import type { LoadResult } from './loadResult';
import { LoadRun } from './loadRun';
import type { LoadSettings } from './loadSettings';
import { waitFor } from './waitFor';
import { watchLoad } from './watchLoad';

export type Load = (context: LoadContext) => Awaitable<JsonValue | undefined>;

/** The value under a key: from the store, from a flight that others have begun, or from a load. */
export async function getOrSet(
  store: EntryStore,
  flights: Flights,
  key: string,
  load: Load,
  settings: LoadSettings,
): Promise<SharedValue | undefined> {
  const { signal, forceFresh, check } = settings;
  if (signal?.aborted) throw signal.reason;
  const joined = flights.find(key, forceFresh);
  if (joined) return waitFor(store, joined, settings, 'shared');
  const reading = store.read(key);
  // A store in the process answers at once: nobody could join.
  if (!isPromise(reading) && isFresh(reading) && !forceFresh && !check) {
    store.events.answered?.('hit');
    return reading.value;
  }
  const flight = flights.start(key, new LoadRun(), forceFresh, started =>
    readOrLoad(store, flights, started, reading, load, settings),
  );
  return waitFor(store, flight, settings, 'load');
}

async function readOrLoad(
  store: EntryStore,
  flights: Flights,
  flight: Flight,
  reading: Awaitable<Entry | undefined>,
  load: Load,
  settings: LoadSettings,
): Promise<FlightRead> {
  const { check } = settings;
  const entry = await (check ? acceptEntry(reading, check) : reading);
  if (!settings.forceFresh && isFresh(entry)) {
    flights.end(flight);
    return { hit: entry.value };
  }
  const isRefresh = entry !== undefined && !settings.forceFresh;
  const result = watchLoad(store.events, flight.run, [{ flight }], isRefresh, () =>
    callLoad(flight.run, entry, load, settings),
  );
  return { stale: entry, result: landFlight(store, flights, flight, result) };
}

async function callLoad(
  run: LoadRun,
  entry: Entry | undefined,
  load: Load,
  settings: LoadSettings,
): Promise<LoadResult> {
  const decision: LoadDecision = {};
  const loading = run.call(signal => load(createLoadContext(signal, entry, decision)), settings.hardTimeoutMs);
  const value = await loading.catch((error: unknown) => {
    if (decision.keepsStale) return undefined;
    throw error;
  });
  return toLoadResult(value, entry, decision, settings);
}
