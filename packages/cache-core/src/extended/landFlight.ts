import type { EntryStore } from './entryStore';
import type { Flight, Outcome } from './flight';
import type { Flights } from './flights';
import type { LoadResult } from './loadResult';

/**
 * Stores the result of a flight's load as soon as it is there; callers may join the flight until it is stored. Returns the outcome for all
 * callers that wait for the flight, without waiting for the store.
 */
export function landFlight(
  store: EntryStore,
  flights: Flights,
  flight: Flight,
  result: Promise<LoadResult>,
): Promise<Outcome> {
  const outcome = result.then(loaded => {
    flight.outcome = loaded.outcome;
    void storeResult(store, flights, flight, loaded);
    return loaded.outcome;
  });
  // Callers that wait handle the error themselves; if all were served a stale value, there are none.
  outcome.catch(() => flights.end(flight));
  return outcome;
}

async function storeResult(store: EntryStore, flights: Flights, flight: Flight, { change }: LoadResult): Promise<void> {
  try {
    if (change && !flight.isDetached) await change(store, flight);
  } finally {
    flights.end(flight);
  }
}
