/** Removals that a table takes before it is replaced, when few entries are in it. */
const REMOVALS_OF_TABLE = 256;

/** A map whose entries come and go. */
export interface ChurningMap<Value> {
  readonly size: number;
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  keys(): Iterable<string>;
}

/**
 * V8 rehashes a Map that has become old into a table that is old as well, and what the one before it held survives until the next
 * full collection. With sets of 64 callers that tripled the processor time of a near cache.
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
