import { createHash } from 'node:crypto';
import { CacheError } from '../contract/cacheError';

/** Longest encoded key in bytes; with a plugin id of 64 it stays within the 250 that memcached allows. */
const MAX_KEY_BYTES = 180;
/** Characters of a long key that are encoded at a time: no text has room for the encoded form of the longest keys. */
const PART_LENGTH = 8192;
/** A character in three bytes, each of which is encoded. */
const MAX_BYTES_PER_CHARACTER = 9;

const readable = /^[A-Za-z0-9\-_.~:/@,=+]*$/;
const printable = /^[\x21-\x7e]+$/;

/** A plugin, and what all of its stored keys start with. */
export interface PluginKeys {
  readonly pluginId: string;
  readonly keyPrefix: string;
}

/**
 * What every stored key of a plugin starts with: `[namespace + separator] + pluginId + ':'`. No plugin id holds a `:`,
 * so no prefix is the beginning of another plugin's. Throws CACHE_CONFIG for what cannot be part of a key.
 */
export function toKeyPrefix(pluginId: string, namespace?: string, separator = ':'): string {
  if (!printable.test(pluginId) || pluginId.length > 64 || pluginId.includes(':')) {
    throw new CacheError(
      'CACHE_CONFIG',
      "Invalid plugin id: expected 1 to 64 printable ASCII characters without space and ':'",
    );
  }
  if (!namespace) return [pluginId, ':'].join('');
  assertNamespacePart('namespace', namespace);
  if (separator !== '') assertNamespacePart('keyPrefixSeparator', separator);
  return [namespace, separator, pluginId, ':'].join('');
}

/** Throws CACHE_CONFIG unless the text can stand in front of a plugin id. */
export function assertNamespacePart(option: string, text: string): void {
  if (printable.test(text) && text.length <= 100) return;
  throw new CacheError(
    'CACHE_CONFIG',
    `Invalid ${option}: expected 1 to 100 printable ASCII characters without spaces`,
  );
}

/**
 * The key as it is in the store: the prefix and the encoded key. Two different keys never get the same stored key, and
 * upper and lower case stay apart. It keeps no text in memory that the key is a part of. Throws CACHE_INVALID_KEY when the
 * key is not a string.
 */
export function toStoredKey(prefix: string, key: string): string {
  if (typeof key !== 'string') {
    throw new CacheError(
      'CACHE_INVALID_KEY',
      `Invalid key: expected a string, got ${key === null ? 'null' : typeof key}`,
    );
  }
  // `+` makes a text that refers to its parts, and a part refers to the whole that it was cut from. `join` makes a copy.
  return [prefix, encodeKey(key)].join('');
}

function encodeKey(key: string): string {
  // No encoded key is shorter than the key.
  if (key.length > MAX_KEY_BYTES) return digestOf(key);
  if (readable.test(key)) return key;
  const bytes = percentEncode(key);
  return bytes.length <= MAX_KEY_BYTES ? bytes.toString('latin1') : digestOf(key);
}

/** The digest of the encoded key. No encoded key holds a '!', so it never meets a key that was kept readable. */
function digestOf(key: string): string {
  const hash = createHash('sha256');
  for (let start = 0; start < key.length;) {
    let end = start + PART_LENGTH;
    // The two halves of a character stay together.
    if (end < key.length && isHighSurrogate(key.charCodeAt(end - 1))) end--;
    const part = key.slice(start, end);
    if (readable.test(part)) hash.update(part, 'latin1');
    else hash.update(percentEncode(part));
    start = end;
  }
  return `!sha256-${hash.digest('base64url')}`;
}

const PERCENT = 0x25;
const LETTER_U = 0x75;
const hexDigits = Buffer.from('0123456789ABCDEF');
const isReadable = Array.from({ length: 0x80 }, (_, code) => readable.test(String.fromCharCode(code)));

/** The encoded form, which is ASCII. Over characters by an index: with a regular expression it took 20 times as long. */
function percentEncode(key: string): Buffer {
  const bytes = Buffer.allocUnsafe(MAX_BYTES_PER_CHARACTER * key.length);
  let size = 0;
  for (let index = 0; index < key.length; index++) {
    const code = key.codePointAt(index) as number;
    if (code < 0x80) {
      if (isReadable[code]) bytes[size++] = code;
      else size = putByte(bytes, size, code);
    } else if (code < 0x800) {
      size = putTrailing(bytes, putByte(bytes, size, 0xc0 | (code >> 6)), code);
    } else if (code >= 0xd800 && code <= 0xdfff) {
      size = putLoneSurrogate(bytes, size, code);
    } else if (code < 0x10000) {
      size = putTrailing(bytes, putByte(bytes, size, 0xe0 | (code >> 12)), code >> 6);
      size = putTrailing(bytes, size, code);
    } else {
      index++;
      size = putTrailing(bytes, putByte(bytes, size, 0xf0 | (code >> 18)), code >> 12);
      size = putTrailing(bytes, putTrailing(bytes, size, code >> 6), code);
    }
  }
  return bytes.subarray(0, size);
}

/** Each gives the place after what it has put. */
function putByte(bytes: Buffer, at: number, byte: number): number {
  bytes[at] = PERCENT;
  bytes[at + 1] = hexDigits[byte >> 4] as number;
  bytes[at + 2] = hexDigits[byte & 15] as number;
  return at + 3;
}

function putTrailing(bytes: Buffer, at: number, bits: number): number {
  return putByte(bytes, at, 0x80 | (bits & 0x3f));
}

function putLoneSurrogate(bytes: Buffer, at: number, code: number): number {
  bytes[at] = PERCENT;
  bytes[at + 1] = LETTER_U;
  for (let digit = 0; digit < 4; digit++) bytes[at + 2 + digit] = hexDigits[(code >> (12 - 4 * digit)) & 15] as number;
  return at + 6;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
