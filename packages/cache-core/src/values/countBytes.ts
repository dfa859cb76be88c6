/** The bytes of longer texts are estimated: counting them takes as long as parsing the text. */
const MAX_CHARACTERS = 4096;

/** Bytes of a text in UTF-8; above 4,096 characters, an estimate from the first 4,096. */
export function countBytes(text: string): number {
  if (text.length <= MAX_CHARACTERS) return Buffer.byteLength(text);
  return Math.round((Buffer.byteLength(text.slice(0, MAX_CHARACTERS)) / MAX_CHARACTERS) * text.length);
}
