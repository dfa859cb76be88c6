import type { EntryStore } from './entryStore';
import type { Flight, Outcome } from './flight';
import type { Flights } from './flights';
import type { LoadResult } from './loadResult';

/**
 * Stores what the load of a flight gives, when it gives it; callers may join until that is done. Returns what all that wait for the
 * flight get: without waiting for the store.
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
  // Those who wait get the error; behind a stale value nobody does.
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
