import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import type { JsonValue } from '@greenroom/cache-core';
import type { OpenSubject } from '../openSubject';

/** `JSON.parse` and `JSON.stringify` with a Map in between, called directly: the lower limit of every cache that copies values. */
export const openJson: OpenSubject = () => {
  const texts = new Map<string, string>();
  const cache = {
    get: (key: string): unknown => JSON.parse(texts.get(key) ?? 'null'),
    set: (key: string, value: JsonValue) => void texts.set(key, JSON.stringify(value)),
  };
  return { cacheOf: () => cache };
};

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The same, encrypted by hand: with a new nonce for each value, the entry's key as authenticated data, and base64, as stores accept text.
 */
export const openEncryptingJson: OpenSubject = () => {
  const secret = createSecretKey(randomBytes(32));
  const texts = new Map<string, string>();
  const cache = {
    get(key: string): unknown {
      const text = texts.get(key);
      if (text === undefined) return undefined;
      const bytes = Buffer.from(text, 'base64');
      const decipher = createDecipheriv(ALGORITHM, secret, bytes.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(key));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return JSON.parse(
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8'),
      );
    },
    set(key: string, value: JsonValue) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, secret, nonce);
      cipher.setAAD(Buffer.from(key));
      const encrypted = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      texts.set(key, Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64'));
    },
  };
  return { cacheOf: () => cache };
};
