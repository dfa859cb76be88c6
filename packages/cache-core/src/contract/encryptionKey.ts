const KEY_BYTES = 32;
const base64 = /^[\w+/-]+={0,2}$/;

/** What a key has to be, for messages. */
export const expectedEncryptionKey = '32 random bytes in base64, as `openssl rand -base64 32` makes them';

/** The bytes of a key in base64, or `undefined` for anything else. */
export function toEncryptionKey(text: unknown): Buffer | undefined {
  // A key that was read from a file ends with a line break.
  const trimmed = typeof text === 'string' ? text.trim() : '';
  if (!base64.test(trimmed)) return undefined;
  const bytes = Buffer.from(trimmed, 'base64');
  return bytes.length === KEY_BYTES ? bytes : undefined;
}
