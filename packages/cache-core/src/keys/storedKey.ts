import { createHash } from 'node:crypto';
import { CacheError } from '../contract/cacheError';
import type { EntryRules } from '../contract/entryRules';

/** Longest encoded key in bytes. With a plugin id of 64 bytes it stays within memcached's limit of 250. */
export const MAX_KEY_BYTES = 180;
/** Long keys are encoded in parts: the encoded form of the longest keys would exceed the longest possible string. */
const PART_LENGTH = 8192;
/** Three bytes of UTF-8, each of which becomes `%XX`. */
const MAX_BYTES_PER_CHARACTER = 9;

const readable = /^[A-Za-z0-9\-_.~:/@,=+]*$/;
const printable = /^[\x21-\x7e]+$/;

/** A plugin, and the prefix of its stored keys. */
export interface PluginKeys {
  readonly pluginId: string;
  readonly keyPrefix: string;
  /** Longest encoded key of a namespace, which has a longer prefix. @defaultValue 180 */
  readonly maxKeyBytes?: number;
  /** Absent when the plugin has no policy. */
  readonly rules?: EntryRules | undefined;
}

/**
 * Makes the prefix of a plugin's stored keys: `[namespace + separator] + pluginId + ':'`. A plugin id contains no `:`, so no
 * prefix is the beginning of another plugin's. Throws CACHE_CONFIG for parts that cannot be in a key.
 */
export function toKeyPrefix(pluginId: string, namespace?: string, separator = ':'): string {
  if (!printable.test(pluginId) || pluginId.length > 64 || pluginId.includes(':')) {
    throw new CacheError(
      'CACHE_CONFIG',
      "Invalid plugin id: expected 1 to 64 printable ASCII characters without space and ':'",
    );
  }
  return [toCommonPrefix(namespace, separator), pluginId, ':'].join('');
}

/** What comes before all plugin ids: `[namespace + separator]`. Throws CACHE_CONFIG for parts that cannot be in a key. */
export function toCommonPrefix(namespace?: string, separator = ':'): string {
  if (!namespace) return '';
  assertNamespacePart('namespace', namespace);
  if (separator !== '') assertNamespacePart('keyPrefixSeparator', separator);
  return [namespace, separator].join('');
}

/**
 * Throws CACHE_CONFIG unless the text can come before a plugin id: 1 to 100 printable ASCII characters without spaces. `option`
 * is the name in the message.
 */
export function assertNamespacePart(option: string, text: string): void {
  if (printable.test(text) && text.length <= 100) return;
  throw new CacheError(
    'CACHE_CONFIG',
    `Invalid ${option}: expected 1 to 100 printable ASCII characters without spaces`,
  );
}

/**
 * Makes the key that the store sees: the prefix and the encoded key. Different keys have different stored keys, also when they
 * differ only in case. The result is a flat copy, so it keeps no larger string in memory. Throws CACHE_INVALID_KEY when the key
 * is not a string.
 */
export function toStoredKey(prefix: string, key: string, maxKeyBytes = MAX_KEY_BYTES): string {
  assertKey(key);
  // `+` makes a string that refers to its parts, and a slice refers to the string that it was cut from. `join` copies.
  return [prefix, encodeKey(key, maxKeyBytes)].join('');
}

/** Throws CACHE_INVALID_KEY unless the key is a string. */
export function assertKey(key: unknown): asserts key is string {
  if (typeof key === 'string') return;
  throw new CacheError(
    'CACHE_INVALID_KEY',
    `Invalid key: expected a string, got ${key === null ? 'null' : typeof key}`,
  );
}

function encodeKey(key: string, maxBytes: number): string {
  // Encoded keys contain no '!', so a digest never equals a readable key.
  return encodeWithin(key, maxBytes) ?? `!sha256-${digestOf(key)}`;
}

/** Returns the text with everything but readable characters percent-encoded; `undefined` when that is longer than `maxBytes`. */
export function encodeWithin(text: string, maxBytes: number): string | undefined {
  // Encoding never shortens a text.
  if (text.length > maxBytes) return undefined;
  if (readable.test(text)) return text;
  const bytes = percentEncode(text);
  return bytes.length <= maxBytes ? bytes.toString('latin1') : undefined;
}

/** Returns the SHA-256 digest of the encoded form, in base64url. */
export function digestOf(key: string): string {
  const hash = createHash('sha256');
  for (let start = 0; start < key.length;) {
    let end = start + PART_LENGTH;
    // Do not split a surrogate pair.
    if (end < key.length && isHighSurrogate(key.charCodeAt(end - 1))) end--;
    const part = key.slice(start, end);
    if (readable.test(part)) hash.update(part, 'latin1');
    else hash.update(percentEncode(part));
    start = end;
  }
  return hash.digest('base64url');
}

const PERCENT = 0x25;
const LETTER_U = 0x75;
const hexDigits = Buffer.from('0123456789ABCDEF');
const isReadable = Array.from({ length: 0x80 }, (_, code) => readable.test(String.fromCharCode(code)));

/** Returns the encoded form, in ASCII. A loop over indexes: a regular expression took 20 times as long. */
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

/** Writes `%XX`, and returns the position after it, as the functions below do. */
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
