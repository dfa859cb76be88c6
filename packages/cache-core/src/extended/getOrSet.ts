import type { Awaitable } from '../contract/awaitable';
import type { LoadContext } from '../contract/extendedCache';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import { isFresh } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import { isPromise } from '../guard/ownPromise';
import { acceptEntry } from './acceptEntry';
import type { EntryStore } from './entryStore';
import type { Flight } from './flight';
import type { Flights } from './flights';
import { landFlight } from './landFlight';
import { createLoadContext } from './loadContext';
import type { LoadDecision } from './loadContext';
import { loadInTurns } from './loadInTurns';
import { toFoundResult, toLoadResult } from './loadResult';
import type { LoadResult } from './loadResult';
import { LoadRun } from './loadRun';
import type { LoadSettings } from './loadSettings';
import { toHit } from './lookupEvents';
import { waitFor } from './waitFor';
import { watchLoad } from './watchLoad';

export type Load = (context: LoadContext) => Awaitable<JsonValue | undefined>;

/**
 * Returns the value under a key: from the store, from a flight that another caller has begun, or from a load. Throws or rejects with
 * `signal.reason` when the signal fires.
 */
export function getOrSet(
  store: EntryStore,
  flights: Flights,
  key: string,
  load: Load,
  settings: LoadSettings,
): Awaitable<SharedValue | undefined> {
  const { signal, forceFresh, check, frozen } = settings;
  if (signal?.aborted) throw signal.reason;
  const joined = flights.find(key, forceFresh);
  if (joined) return waitFor(store, flights, joined, settings, 'shared');
  const reading = store.read(key, frozen);
  // A store in the process answers at once, so there is no time in which a caller could join a flight.
  if (!isPromise(reading) && isFresh(reading) && !forceFresh && !check) {
    store.events.answered?.(toHit(reading));
    return reading.value;
  }
  const flight = flights.start({
    key,
    run: new LoadRun(),
    isForced: forceFresh,
    reading: check ? acceptEntry(reading, check) : reading,
    asked: store.askTime?.(),
    load: (started, stale) => landFlight(store, flights, started, startLoad(store, started, stale, load, settings)),
  });
  return waitFor(store, flights, flight, settings, 'load');
}

/**
 * Calls the load. With `acrossProcesses`, it first waits while another process loads, and does not load if that one has stored the value.
 */
async function startLoad(
  store: EntryStore,
  flight: Flight,
  stale: Entry | undefined,
  load: Load,
  settings: LoadSettings,
): Promise<LoadResult> {
  const callIn = (run: LoadRun) => callLoad(store, flight, run, stale, load, settings);
  const { leases } = store;
  if (!settings.acrossProcesses || !leases) return callIn(flight.run);
  const turn = await loadInTurns(leases, flight.run, [flight], settings, callIn)(flight);
  return turn.found ? toFoundResult(turn.found) : turn.loaded;
}

function callLoad(
  store: EntryStore,
  flight: Flight,
  run: LoadRun,
  stale: Entry | undefined,
  load: Load,
  settings: LoadSettings,
): Promise<LoadResult> {
  const { forceFresh, hardTimeoutMs } = settings;
  const isRefresh = stale !== undefined && !forceFresh;
  return watchLoad(store.events, run, [{ flight }], isRefresh, async () => {
    const decision: LoadDecision = {};
    const loading = run.call(signal => load(createLoadContext(signal, stale, decision)), hardTimeoutMs);
    const value = await loading.catch((error: unknown) => {
      if (decision.keepsStale) return undefined;
      throw error;
    });
    return toLoadResult(value, stale, decision, settings);
  });
}
