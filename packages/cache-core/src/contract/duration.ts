/**
 * A span of time: the sum of its units, of which at least one is present. Each may be fractional or negative. Structurally the
 * `HumanDuration` of `@backstage/types`.
 */
export interface HumanDuration {
  /** Years of 365 days. @defaultValue 0 */
  years?: number;
  /** Months of 30 days. @defaultValue 0 */
  months?: number;
  /** Weeks. @defaultValue 0 */
  weeks?: number;
  /** Days of 24 hours. @defaultValue 0 */
  days?: number;
  /** Hours. @defaultValue 0 */
  hours?: number;
  /** Minutes. @defaultValue 0 */
  minutes?: number;
  /** Seconds. @defaultValue 0 */
  seconds?: number;
  /** Milliseconds. @defaultValue 0 */
  milliseconds?: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// @backstage/types counts a year as 365 days and a month as 30.
const unitMs = new Map<string, number>([
  ['years', 365 * DAY],
  ['months', 30 * DAY],
  ['weeks', 7 * DAY],
  ['days', DAY],
  ['hours', HOUR],
  ['minutes', MINUTE],
  ['seconds', SECOND],
  ['milliseconds', 1],
]);

const units = [...unitMs.keys()].join(', ');

// The units of the npm package `ms` 2.1, with which Backstage reads duration strings.
const wordMs = new Map<string, number>([
  ...['y', 'yr', 'yrs', 'year', 'years'].map(word => [word, 365.25 * DAY] as const),
  ...['w', 'week', 'weeks'].map(word => [word, 7 * DAY] as const),
  ...['d', 'day', 'days'].map(word => [word, DAY] as const),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map(word => [word, HOUR] as const),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map(word => [word, MINUTE] as const),
  ...['s', 'sec', 'secs', 'second', 'seconds'].map(word => [word, SECOND] as const),
  ...['ms', 'msec', 'msecs', 'millisecond', 'milliseconds'].map(word => [word, 1] as const),
]);

const isoDuration =
  /^P(?:(?<years>-?\d+(?:\.\d+)?)Y)?(?:(?<months>-?\d+(?:\.\d+)?)M)?(?:(?<weeks>-?\d+(?:\.\d+)?)W)?(?:(?<days>-?\d+(?:\.\d+)?)D)?(?:T(?:(?<hours>-?\d+(?:\.\d+)?)H)?(?:(?<minutes>-?\d+(?:\.\d+)?)M)?(?:(?<seconds>-?\d+(?:[.,]\d+)?)S)?)?$/;

/** Thrown by the functions below. Its message says what was expected; callers put the name of the option before it. */
export class DurationError extends Error {}

/**
 * Converts a duration object to ms. Throws {@link DurationError} for anything else and for an object without units. `otherForms`: what the
 * caller accepts besides an object, for the message.
 */
export function durationObjectToMs(duration: unknown, otherForms = 'a number of ms'): number {
  if (typeof duration !== 'object' || duration === null || Array.isArray(duration)) {
    throw new DurationError(`expected ${otherForms} or an object of ${units}`);
  }
  let totalMs: number | undefined;
  for (const [unit, amount] of Object.entries(duration)) {
    const ms = unitMs.get(unit);
    if (ms === undefined) throw new DurationError(`unknown unit '${unit}', expected one or more of ${units}`);
    if (amount === undefined) continue;
    if (typeof amount !== 'number' || Number.isNaN(amount)) throw new DurationError(`expected ${unit} to be a number`);
    totalMs = (totalMs ?? 0) + amount * ms;
  }
  if (totalMs === undefined) throw new DurationError(`expected one or more of ${units}`);
  return totalMs;
}

/** Converts a text such as `1h`, `2 days` or `PT1H` to ms, as Backstage does. Throws {@link DurationError}. */
export function durationTextToMs(text: string): number {
  const trimmed = text.trim();
  return trimmed.startsWith('P') ? isoToMs(trimmed) : wordsToMs(trimmed);
}

function isoToMs(text: string): number {
  const amounts = Object.entries(isoDuration.exec(text)?.groups ?? {}).filter(([, amount]) => amount !== undefined);
  if (amounts.length === 0) throw new DurationError("expected ISO form such as 'PT1H' or 'P2DT6H'");
  return amounts.reduce((sum, [unit, amount]) => sum + Number(amount.replace(',', '.')) * (unitMs.get(unit) ?? 0), 0);
}

function wordsToMs(text: string): number {
  if (/^\d+$/.test(text)) throw new DurationError("a number in quotes needs a unit, such as '500ms' or '30 seconds'");
  const [, amount, word = 'ms'] = (text.length <= 100 && /^(-?\d*\.?\d+) *([a-z]+)?$/i.exec(text)) || [];
  const ms = wordMs.get(word.toLowerCase());
  if (amount === undefined || ms === undefined)
    throw new DurationError("expected a form such as '1h', '30 seconds' or 'PT1H'");
  if (amount.startsWith('-')) throw new DurationError('expected a duration above 0');
  const totalMs = Number(amount) * ms;
  // Backstage splits off whole years of 365.25 days, and then counts each as 365 days.
  return totalMs - Math.floor(totalMs / (365.25 * DAY)) * 0.25 * DAY;
}
