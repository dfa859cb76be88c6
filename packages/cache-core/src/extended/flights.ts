import type { Awaitable } from '../contract/awaitable';
import type { Lease } from '../guard/leases';
import { isYoung } from '../near/askTime';
import type { AskTime } from '../near/askTime';
import type { Entry } from '../values/entry';
import { isFresh } from '../values/entry';
import { isShared } from './flight';
import type { Flight, FlightPlan, Outcome } from './flight';
import type { LoadRun } from './loadRun';

/** Minimum number of flights that are started before the Map is replaced. */
const STARTS_OF_TABLE = 256;

/** The flights of all keys, at most one for each (single flight): all callers that ask for a key meanwhile wait for one load. */
export interface Flights {
  /** The number of keys in flight. */
  readonly size: number;
  /** Returns the flight of a key, if a caller may join it. */
  find(key: string, forceFresh: boolean): Flight | undefined;
  /** Starts a flight, and detaches the previous one of the key. */
  start(plan: FlightPlan): Flight;
  /** The key changes: later callers start a new flight, and what this flight loads is not stored. */
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
  #flights = new Map<string, Flight>();
  #starts = 0;

  get size(): number {
    return this.#flights.size;
  }

  find(key: string, forceFresh: boolean): Flight | undefined {
    const flight = this.#flights.get(key);
    if (!flight || flight.run.isAbandoned) return undefined;
    // What it reads may by now be older than the near cache allows.
    if (flight.isReading && flight.asked && !isYoung(flight.asked)) return undefined;
    if (forceFresh) return flight.isForced && !flight.outcome ? flight : undefined;
    return !flight.outcome || isShared(flight.outcome) ? flight : undefined;
  }

  start(plan: FlightPlan): Flight {
    this.detach(plan.key);
    const flight = new StartedFlight(plan, this);
    this.#renewTable();
    this.#flights.set(plan.key, flight);
    return flight;
  }

  detach(key: string): void {
    const flight = this.#flights.get(key);
    if (!flight) return;
    flight.isDetached = true;
    flight.lease?.giveBack();
    this.#flights.delete(key);
  }

  detachAll(prefix: string): void {
    for (const key of [...this.#flights.keys()]) if (key.startsWith(prefix)) this.detach(key);
  }

  end(flight: Flight): void {
    flight.lease?.giveBack();
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }

  /**
   * V8 rehashes a Map of the old generation into a table that is old as well, and what the previous table held survives until the next full
   * garbage collection. That doubled the extra cost of a hit over a get.
   */
  #renewTable(): void {
    if (++this.#starts <= Math.max(STARTS_OF_TABLE, 4 * this.#flights.size)) return;
    this.#flights = new Map(this.#flights);
    this.#starts = 0;
  }
}

class StartedFlight implements Flight {
  readonly key: string;
  readonly run: LoadRun;
  readonly isForced: boolean;
  readonly reading: Awaitable<Entry | undefined>;
  readonly asked: AskTime | undefined;
  readonly #load: FlightPlan['load'];
  readonly #flights: Flights;
  #loading: Promise<Outcome> | undefined = undefined;
  #isDecided = false;
  outcome: Outcome | undefined = undefined;
  lease: Lease | undefined = undefined;
  isDetached = false;

  constructor({ key, run, isForced, reading, asked, load }: FlightPlan, flights: Flights) {
    this.key = key;
    this.run = run;
    this.isForced = isForced;
    this.reading = reading;
    this.asked = asked;
    this.#load = load;
    this.#flights = flights;
  }

  get isReading(): boolean {
    return !this.#isDecided;
  }

  loadUnlessFresh(entry: Entry | undefined): Promise<Outcome> | undefined {
    if (!this.#isDecided) {
      this.#isDecided = true;
      if (!this.isForced && isFresh(entry)) this.#flights.end(this);
      else this.#loading = this.#load(this, entry);
    }
    return this.#loading;
  }
}
