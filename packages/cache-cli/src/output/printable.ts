/** Characters that could fake a line, hide text or steer a terminal: controls, separators, direction marks, lone surrogates. */
const misleading = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Makes text from outside safe for a terminal: each misleading character is shown as its code. */
export function toPrintable(text: string): string {
  return text.replace(misleading, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
