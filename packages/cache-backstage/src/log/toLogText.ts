/** Escape sequences of a terminal, such as colors. */
// eslint-disable-next-line no-control-regex -- matches control characters on purpose
const terminalCodes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,200}(?:\u0007|\u001b\\))/g;
/** Characters that could fake a second line or hide text: controls, separators, direction marks, lone surrogates. */
const misleading = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** Makes text from outside safe for use in a log line: removes control characters and cuts it to `maxCharacters`. */
export function toLogText(text: string, maxCharacters: number): string {
  // The text may be very long: only a part that can still be shown is searched.
  const start = text.slice(0, 2 * maxCharacters);
  const clean = start.replace(terminalCodes, '').replace(misleading, ' ');
  if (clean.length <= maxCharacters && start.length === text.length) return clean;
  return `${clean.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, '')}…`;
}
