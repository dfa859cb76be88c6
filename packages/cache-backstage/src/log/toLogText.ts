/** Colours and the like of a terminal. */
// eslint-disable-next-line no-control-regex -- that is what is looked for
const terminalCodes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,200}(?:\u0007|\u001b\\))/g;
/** What makes a line look like another one, or like two: controls, separators, marks of direction, halves of characters. */
const misleading = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** A text of others as a part of one line: without control characters, and cut where it is longer. */
export function toLogText(text: string, maxCharacters: number): string {
  // What is cut off is not looked at: it may be very long.
  const start = text.slice(0, 2 * maxCharacters);
  const clean = start.replace(terminalCodes, '').replace(misleading, ' ');
  if (clean.length <= maxCharacters && start.length === text.length) return clean;
  return `${clean.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, '')}…`;
}
