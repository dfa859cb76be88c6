import type { JsonValue } from '../contract/jsonValue';
import { decodeValue } from './codec';
import { freezeValue } from './freezeValue';

/** A value for several callers: each takes a copy of its own, or all share the frozen value. */
export interface SharedValue {
  readonly json: string;
  /** Returns a copy, which the caller may change. */
  take(): JsonValue;
  /** Returns the frozen value, the same each time. */
  frozen(): JsonValue;
  /** Estimated memory of the frozen value in bytes, with one byte for each character; 0 while nobody has asked for it. */
  readonly frozenBytes: number;
}

/** `parsed`: a decoded copy that nobody else has; the first caller gets it. */
export function createSharedValue(json: string, parsed?: JsonValue): SharedValue {
  return new ParsedOnce(json, parsed);
}

class ParsedOnce implements SharedValue {
  readonly json: string;
  frozenBytes = 0;
  #parsed: JsonValue | undefined;
  #frozen: JsonValue | undefined;

  constructor(json: string, parsed: JsonValue | undefined) {
    this.json = json;
    this.#parsed = parsed;
  }

  take(): JsonValue {
    const parsed = this.#parsed;
    if (parsed === undefined) return decodeValue(this.json);
    this.#parsed = undefined;
    return parsed;
  }

  frozen(): JsonValue {
    if (this.#frozen === undefined) {
      this.#frozen = this.take();
      this.frozenBytes = freezeValue(this.#frozen);
    }
    return this.#frozen;
  }
}
