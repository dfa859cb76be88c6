/** A span of time as a sum of units. Structurally the `HumanDuration` of `@backstage/types`. */
export interface HumanDuration {
  years?: number;
  months?: number;
  weeks?: number;
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
  milliseconds?: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// The years and months of @backstage/types have 365 and 30 days.
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

// The words of the npm package `ms` 2.1, which Backstage reads duration strings with.
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

/** Thrown text of the functions below: what was expected, to be put behind the name of the option. */
export class DurationError extends Error {}

/** Milliseconds of a duration object. Throws {@link DurationError} for anything else, and for an object without units. */
export function durationObjectToMs(duration: unknown): number {
  if (typeof duration !== 'object' || duration === null || Array.isArray(duration)) {
    throw new DurationError(`expected a number of ms or an object of ${units}`);
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

/** Milliseconds of a text such as `1h`, `2 days` or `PT1H`, read as Backstage reads it. Throws {@link DurationError}. */
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
  // Backstage takes whole years of 365.25 days out of the text and then counts them as 365 days.
  return totalMs - Math.floor(totalMs / (365.25 * DAY)) * 0.25 * DAY;
}
