import type { JsonValue } from '../contract/jsonValue';
import { decodeValue } from './codec';

/** A value for several takers, each of whom gets a copy of its own. */
export interface SharedValue {
  readonly json: string;
  /** A copy, which the taker may change. */
  take(): JsonValue;
}

/** `parsed`: a copy that nobody else has, for the first taker. */
export function createSharedValue(json: string, parsed?: JsonValue): SharedValue {
  return new ParsedOnce(json, parsed);
}

class ParsedOnce implements SharedValue {
  readonly json: string;
  #parsed: JsonValue | undefined;

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
}
