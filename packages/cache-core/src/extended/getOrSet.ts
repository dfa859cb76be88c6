import type { Awaitable } from '../contract/awaitable';
import type { LoadContext } from '../contract/extendedCache';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import { isFresh } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import type { EntryStore } from './entryStore';
import { findAccepted } from './findAccepted';
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

export type Load = (context: LoadContext) => Awaitable<JsonValue | undefined>;

/** The value under a key: from the store, from a flight that others have begun, or from a load. */
export async function getOrSet(
  store: EntryStore,
  flights: Flights,
  key: string,
  load: Load,
  settings: LoadSettings,
): Promise<SharedValue | undefined> {
  if (settings.signal?.aborted) throw settings.signal.reason;
  const flight = flights.find(key, settings.forceFresh) ?? startFlight(store, flights, key, load, settings);
  return waitFor(store, flight, settings);
}

function startFlight(store: EntryStore, flights: Flights, key: string, load: Load, settings: LoadSettings): Flight {
  return flights.start(key, new LoadRun(), settings.forceFresh, flight =>
    readOrLoad(store, flights, flight, load, settings),
  );
}

async function readOrLoad(
  store: EntryStore,
  flights: Flights,
  flight: Flight,
  load: Load,
  settings: LoadSettings,
): Promise<FlightRead> {
  const entry = await findAccepted(store, flight.key, settings.check);
  if (!settings.forceFresh && isFresh(entry)) {
    flights.end(flight);
    return { hit: entry.value };
  }
  const result = callLoad(flight.run, entry, load, settings);
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
