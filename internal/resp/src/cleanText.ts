/** Longer texts are of no use in a line of a log. */
const MAX_CHARACTERS = 200;

/** A text from outside for a message: on one line, without characters that change what a terminal shows, and not too long. */
export function cleanText(text: string): string {
  const cut = text.slice(0, MAX_CHARACTERS);
  const clean = cut.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return cut.length < text.length ? `${clean}...` : clean;
}
