/** Longer text is of no use in a log line. */
const MAX_CHARACTERS = 200;

/** Makes foreign text safe for a message: one line, no control characters, at most 200 characters. */
export function cleanText(text: string): string {
  const cut = text.slice(0, MAX_CHARACTERS);
  const clean = cut.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return cut.length < text.length ? `${clean}...` : clean;
}
