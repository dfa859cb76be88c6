import type { JsonValue } from '../contract/jsonValue';
import { decodeValue } from './codec';
import { freezeValue } from './freezeValue';

/** A value for several takers, each of whom gets a copy of its own, or all of whom get one that is frozen. */
export interface SharedValue {
  readonly json: string;
  /** A copy, which the taker may change. */
  take(): JsonValue;
  /** The frozen value, the same each time. */
  frozen(): JsonValue;
  /** Memory that the frozen value takes, about, its characters counted as one byte each; 0 while nobody has asked for it. */
  readonly frozenBytes: number;
}

/** `parsed`: a copy that nobody else has, for the first taker. */
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
