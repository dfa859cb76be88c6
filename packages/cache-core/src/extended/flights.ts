import { isAhead } from '../values/entry';
import type { Flight, FlightRead, Outcome } from './flight';
import type { LoadRun } from './loadRun';

/** The flights of all keys, one for each: what makes everybody who asks for a key meanwhile wait for one load. */
export interface Flights {
  /** The number of keys in flight. */
  readonly size: number;
  /** The flight of a key that a caller may join. */
  find(key: string, forceFresh: boolean): Flight | undefined;
  /** Starts a flight, which detaches the one before it. `read` reads its key, at once. */
  start(key: string, run: LoadRun, isForced: boolean, read: (flight: Flight) => Promise<FlightRead>): Flight;
  /** The key changes: callers from now on start anew, and what the flight loads is not stored. */
  detach(key: string): void;
  /** As `detach`, for all keys that start with the prefix. */
  detachAll(prefix: string): void;
  /** Removes a flight that has ended. */
  end(flight: Flight): void;
}

export function createFlights(): Flights {
  return new FlightTable();
}

class FlightTable implements Flights {
  readonly #flights = new Map<string, Flight>();

  get size(): number {
    return this.#flights.size;
  }

  find(key: string, forceFresh: boolean): Flight | undefined {
    const flight = this.#flights.get(key);
    if (!flight || flight.run.isAbandoned) return undefined;
    if (forceFresh) return flight.isForced && !flight.outcome ? flight : undefined;
    return !flight.outcome || isAhead(flight.outcome.sharedUntilMs) ? flight : undefined;
  }

  start(key: string, run: LoadRun, isForced: boolean, read: (flight: Flight) => Promise<FlightRead>): Flight {
    this.detach(key);
    const flight = new StartedFlight(key, run, isForced);
    this.#flights.set(key, flight);
    flight.read = read(flight);
    // Nobody may be left to hear of it.
    flight.read.catch(() => this.end(flight));
    return flight;
  }

  detach(key: string): void {
    const flight = this.#flights.get(key);
    if (!flight) return;
    flight.isDetached = true;
    this.#flights.delete(key);
  }

  detachAll(prefix: string): void {
    for (const key of [...this.#flights.keys()]) if (key.startsWith(prefix)) this.detach(key);
  }

  end(flight: Flight): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }
}

class StartedFlight implements Flight {
  declare read: Promise<FlightRead>;
  outcome: Outcome | undefined = undefined;
  isDetached = false;

  constructor(
    readonly key: string,
    readonly run: LoadRun,
    readonly isForced: boolean,
  ) {}
}
