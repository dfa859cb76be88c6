import type { JsonValue } from '../contract/jsonValue';

// Sizes in V8 with pointers of 8 bytes.
const OBJECT_BYTES = 24;
/** JSON.parse leaves room for members in an object that has none. */
const EMPTY_OBJECT_BYTES = 56;
const ARRAY_BYTES = 48;
const STRING_BYTES = 24;
const NUMBER_BYTES = 16;
const SLOT_BYTES = 8;
/** Objects with more members seldom share their member names: each name takes a string and a place in a table, or a hidden class. */
const MAX_SHARED_NAMES = 32;
const NAME_BYTES = 104;

/**
 * Freezes a value that JSON.parse has made, and everything in it. Returns an estimate of its memory in bytes, with one byte for each
 * character. It takes more when many small objects have member names of their own.
 */
export function freezeValue(value: JsonValue): number {
  if (!isObject(value)) return SLOT_BYTES + sizeOf(value);
  let bytes = SLOT_BYTES;
  // A list instead of recursion: a text of another program may be nested more deeply than the call stack allows.
  const found: object[] = [value];
  for (let object = found.pop(); object; object = found.pop()) {
    if (Array.isArray(object)) {
      bytes += ARRAY_BYTES + SLOT_BYTES * object.length;
      for (let index = 0; index < object.length; index++) {
        const item = object[index] as JsonValue;
        if (isObject(item)) found.push(item);
        else bytes += sizeOf(item);
      }
    } else {
      let members = 0;
      let nameCharacters = 0;
      for (const name in object) {
        const member = (object as Record<string, JsonValue>)[name] as JsonValue;
        members++;
        nameCharacters += name.length;
        if (isObject(member)) found.push(member);
        else bytes += sizeOf(member);
      }
      bytes += members === 0 ? EMPTY_OBJECT_BYTES : OBJECT_BYTES + SLOT_BYTES * members;
      if (members > MAX_SHARED_NAMES) bytes += NAME_BYTES * members + nameCharacters;
    }
    Object.freeze(object);
  }
  return bytes;
}

function isObject(value: JsonValue): value is Extract<JsonValue, object> {
  return typeof value === 'object' && value !== null;
}

/** Bytes that a value takes in addition to its slot. */
function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return STRING_BYTES + value.length;
  return typeof value === 'number' && (value | 0) !== value ? NUMBER_BYTES : 0;
}
