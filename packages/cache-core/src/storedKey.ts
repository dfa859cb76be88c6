import { createHash } from 'node:crypto';
import { CacheError } from './cacheError';

/** Longest encoded key in bytes; with a plugin id of 64 it stays within the 250 that memcached allows. */
const MAX_KEY_BYTES = 180;

const readable = /^[A-Za-z0-9\-_.~:/@,=+]*$/;
// With the u flag a surrogate pair is one character, so what matches the second alternative is a lone surrogate.
const unreadable = /[^A-Za-z0-9\-_.~:/@,=+]/gu;
const loneSurrogate = /^[\uD800-\uDFFF]$/;
const printable = /^[\x21-\x7e]+$/;

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
  if (!namespace) return `${pluginId}:`;
  assertNamespacePart('namespace', namespace);
  assertNamespacePart('keyPrefixSeparator', separator);
  return `${namespace}${separator}${pluginId}:`;
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
 * upper and lower case stay apart. Throws CACHE_INVALID_KEY when the key is not a string.
 */
export function toStoredKey(prefix: string, key: string): string {
  if (typeof key !== 'string') {
    throw new CacheError(
      'CACHE_INVALID_KEY',
      `Invalid key: expected a string, got ${key === null ? 'null' : typeof key}`,
    );
  }
  const encoded = readable.test(key) ? key : key.replace(unreadable, percentEncode);
  return prefix + (encoded.length <= MAX_KEY_BYTES ? encoded : digest(encoded));
}

function percentEncode(character: string): string {
  if (loneSurrogate.test(character)) return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&');
}

// No encoded key holds a '!', so a digest never meets a key that was kept readable.
function digest(encoded: string): string {
  return `!sha256-${createHash('sha256').update(encoded).digest('base64url')}`;
}
