import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomFillSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CacheError } from '../contract/cacheError';
import type { EntryCipher } from '../contract/entryRules';

/**
 * An encrypted text: `#3 <id of the key> <nonce, tag and text in base64>`. The encrypted part is the whole text that would be stored
 * otherwise, with its header. The stored key is authenticated with it.
 */
const start = '#3 ';
const form = /^#3 ([\w-]{8}) /;
const BASE64_AT = start.length + 9;
const NONCE_BYTES = 12;
const TAG_AT = NONCE_BYTES;
const TEXT_AT = TAG_AT + 16;
const ALGORITHM = 'aes-256-gcm';
/** Random nonces are generated this many at a time. */
const DRAWN_NONCES = 256;
/** Texts up to this size are assembled in one shared buffer: a new buffer for each costs a tenth of the whole time. */
const SCRATCH_BYTES = 64 * 1024;
/** Maximum number of unknown keys that are reported: anyone who can write to the store can invent any number of them. */
const MAX_TOLD = 16;

export function isEncrypted(text: string): boolean {
  return text.startsWith(start);
}

/**
 * Returns a function that makes the cipher of a plugin from the prefix of its stored keys. The first key encrypts, all decrypt.
 *
 * @param keys - 32 bytes each, at least one.
 */
export function createEntryCiphers(keys: readonly Buffer[]): (keyPrefix: string) => EntryCipher {
  const ids = keys.map(toKeyId);
  const drawNonce = createNonces();
  const scratch = Buffer.alloc(SCRATCH_BYTES);
  const told = new Set<string>();

  /** Whether this is the first entry with this unknown key. */
  function isNews(id: string): boolean {
    if (told.has(id) || told.size >= MAX_TOLD) return false;
    told.add(id);
    return true;
  }

  return keyPrefix => {
    const keysById = new Map(keys.map((key, index) => [ids[index] as string, toPluginKey(key, keyPrefix)]));
    const [[firstId, firstKey] = []] = keysById;
    if (firstId === undefined || !firstKey) throw new CacheError('CACHE_CONFIG', 'There is no key to encrypt with');
    const header = `${start}${firstId} `;

    return {
      encrypt(storedKey, text) {
        const nonce = drawNonce();
        const cipher = createCipheriv(ALGORITHM, firstKey, nonce);
        cipher.setAAD(Buffer.from(storedKey, 'latin1'));
        const encrypted = cipher.update(text, 'utf8');
        // Returns no more bytes, but computes the tag.
        cipher.final();
        const length = TEXT_AT + encrypted.length;
        const bytes = length <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafe(length);
        bytes.set(nonce, 0);
        bytes.set(cipher.getAuthTag(), TAG_AT);
        bytes.set(encrypted, TEXT_AT);
        return header + bytes.toString('base64', 0, length);
      },

      decrypt(storedKey, text) {
        if (!isEncrypted(text)) return undefined;
        const [, id] = form.exec(text) ?? [];
        if (id === undefined) throw toCorrupt();
        const key = keysById.get(id);
        if (key) return decrypt(key, storedKey, readBase64(text.slice(BASE64_AT), scratch));
        if (isNews(id)) throw toUnknownKey(id);
        return undefined;
      },
    };
  };
}

function readBase64(base64: string, scratch: Buffer): Buffer {
  if (base64.length > SCRATCH_BYTES) return Buffer.from(base64, 'base64');
  return scratch.subarray(0, scratch.write(base64, 'base64'));
}

function decrypt(key: KeyObject, storedKey: string, bytes: Buffer): string {
  // Without this check, shorter tags would be accepted.
  if (bytes.length < TEXT_AT) throw toCorrupt();
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, TAG_AT));
  decipher.setAAD(Buffer.from(storedKey, 'latin1'));
  decipher.setAuthTag(bytes.subarray(TAG_AT, TEXT_AT));
  const decrypted = decipher.update(bytes.subarray(TEXT_AT));
  try {
    decipher.final();
  } catch (cause) {
    throw toCorrupt(cause);
  }
  return decrypted.toString('utf8');
}

/** Makes the id of a key for the header of entries. It reveals nothing about the key. */
function toKeyId(key: Buffer): string {
  return createHmac('sha256', key).update('greenroom: id of the key').digest('base64url').slice(0, 8);
}

/** Derives a key for each plugin, so that each plugin has the whole range of nonces of one key. */
function toPluginKey(key: Buffer, keyPrefix: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `greenroom: values of ${keyPrefix}`, 32)));
}

/** Returns random nonces. Generating them one by one would cost as much as encrypting. */
function createNonces(): () => Buffer {
  const drawn = Buffer.alloc(DRAWN_NONCES * NONCE_BYTES);
  let at = drawn.length;
  return () => {
    if (at === drawn.length) {
      randomFillSync(drawn);
      at = 0;
    }
    at += NONCE_BYTES;
    return drawn.subarray(at - NONCE_BYTES, at);
  };
}

function toCorrupt(cause?: unknown): CacheError {
  return new CacheError(
    'CACHE_CORRUPT',
    'A stored value does not decrypt: something else has changed it, or put it under this key',
    { cause },
  );
}

function toUnknownKey(id: string): CacheError {
  return new CacheError(
    'CACHE_ENCRYPTION_KEY',
    `An entry was encrypted with a key (id ${id}) that is not in 'backend.cache.encryption.keys': entries of this key are ` +
      'misses; add the key at the end of the list if they are to be read',
  );
}
