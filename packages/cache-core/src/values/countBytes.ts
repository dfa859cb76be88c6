/** Counting the bytes of a long text takes as long as parsing it. */
const MAX_CHARACTERS = 4096;

/** Bytes of a text in UTF-8; above 4,096 characters, an estimate from the first 4,096. */
export function countBytes(text: string): number {
  if (text.length <= MAX_CHARACTERS) return Buffer.byteLength(text);
  return Math.round((Buffer.byteLength(text.slice(0, MAX_CHARACTERS)) / MAX_CHARACTERS) * text.length);
}
