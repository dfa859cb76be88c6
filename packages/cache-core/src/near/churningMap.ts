/** Minimum number of removals before the Map is replaced. */
const REMOVALS_OF_TABLE = 256;

/** A map whose entries are added and removed all the time. */
export interface ChurningMap<Value> {
  readonly size: number;
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  keys(): Iterable<string>;
}

/**
 * Creates a map that replaces its Map after many removals. V8 rehashes a Map of the old generation into a table that is old as well, and
 * what the previous table held survives until the next full garbage collection. With sets of 64 callers that tripled the CPU time of a near
 * cache.
 */
export function createChurningMap<Value>(): ChurningMap<Value> {
  return new RenewedMap();
}

class RenewedMap<Value> implements ChurningMap<Value> {
  #map = new Map<string, Value>();
  #removals = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: string): Value | undefined {
    return this.#map.get(key);
  }

  set(key: string, value: Value): void {
    this.#map.set(key, value);
  }

  delete(key: string): void {
    this.#map.delete(key);
    if (++this.#removals <= Math.max(REMOVALS_OF_TABLE, 4 * this.#map.size)) return;
    this.#map = new Map(this.#map);
    this.#removals = 0;
  }

  keys(): Iterable<string> {
    return this.#map.keys();
  }
}
