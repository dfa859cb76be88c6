import { inspect } from 'node:util';
import type { GetOrSetOptions } from '../contract/extendedCache';
import { toLoadSettings } from './loadSettings';

interface WrongOption {
  readonly code: string;
  /** What the message says after the name of the option. */
  readonly expected: RegExp;
  readonly values: readonly unknown[];
}

const nonsense: readonly unknown[] = [null, NaN, '', 'soon', [], {}, () => {}, Symbol('x'), 1n, new Date(0), new Map()];

const duration =
  /^expected (a number of ms, (text such as '5m', or an object of years|got NaN)|a form such as '1h'|ISO form|a duration (above 0|of 0 or more)|one or more of years|hours to be a number)|^unknown unit 'hour', expected one or more of years|^a number in quotes needs a unit/;
const durations: readonly unknown[] = [
  ...[...nonsense, true, '60000', '-1m', 'P', '5 parsecs', '1h 5m'],
  ...[{ hour: 1 }, { hours: '1' }, { hours: NaN }, { hours: undefined }, [5]],
];
const ttl: WrongOption = { code: 'CACHE_INVALID_TTL', expected: duration, values: durations };

const config = (expected: RegExp, values: readonly unknown[]): WrongOption => ({
  ...{ code: 'CACHE_CONFIG', expected },
  values,
});
const flag = config(/^expected true or false$/, [...nonsense, 0, 1, 'true']);

/** Invalid values for each option. A new option needs a row. */
const wrongOptions: Record<keyof GetOrSetOptions, WrongOption> = {
  ttl,
  staleTtl: ttl,
  negativeTtl: ttl,
  softTimeout: config(duration, [...durations, -1, -Infinity, { seconds: -1 }]),
  hardTimeout: config(duration, [...durations, 0, -1, -Infinity, { hours: 0 }, { hours: -1 }, '0s']),
  jitter: config(/^expected a number from 0 to 1$/, [...nonsense, true, -0.1, 1.1, 50, Infinity, '0.1']),
  forceFresh: flag,
  acrossProcesses: flag,
  frozen: flag,
  signal: config(/^expected an AbortSignal$/, [...nonsense, true, new AbortController(), { aborted: false }]),
  check: config(/^expected a schema that follows the Standard Schema specification$/, [
    ...[...nonsense, true, { parse: () => 1 }, { '~standard': 1 }, { '~standard': {} }],
    { '~standard': { validate: true } },
  ]),
};

/** The error for invalid options: its code, the option that it names, and the rest of its message. */
function refusal(options: unknown) {
  try {
    toLoadSettings(options as GetOrSetOptions, undefined);
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    const [, name, expected] = /^Invalid (\w+): (.*)$/.exec(message) ?? [];
    return { code, name, expected };
  }
  return 'accepted';
}

const rows = Object.entries(wrongOptions).flatMap(([name, { code, expected, values }]) =>
  values.map(value => ({ shown: `${name}: ${inspect(value)}`, name, value, code, expected })),
);

it.each(rows)(
  '$shown is refused, and the error names the option and what it expects',
  ({ name, value, code, expected }) => {
    expect(refusal({ [name]: value })).toEqual({ code, name, expected: expect.stringMatching(expected) });
  },
);

it.each([null, 300, '5m', true, [], [{ ttl: 1 }], () => {}])(
  'options are refused with CACHE_CONFIG when they are %p',
  options => {
    const expected = expect.stringMatching(/^expected an object such as/);
    expect(refusal(options)).toEqual({ code: 'CACHE_CONFIG', name: 'options', expected });
  },
);

it.each(['tll', 'TTL', 'staleTTL', 'swr', 'defaultTtl', 'toString'])(
  'an unknown option %s is refused with CACHE_CONFIG, and the error lists the valid options',
  name => {
    const expected = `expected one of the options ${Object.keys(wrongOptions).join(', ')}`;
    const { expected: message, ...rest } = refusal({ [name]: 1 }) as { expected: string };
    expect(rest).toEqual({ code: 'CACHE_CONFIG', name });
    expect(new Set(message.split(/ |, /))).toEqual(new Set(expected.split(/ |, /)));
  },
);

it('an option that is undefined has the same effect as an absent one', () => {
  const options = Object.fromEntries(Object.keys(wrongOptions).map(name => [name, undefined]));
  expect(toLoadSettings(options, 7)).toEqual(toLoadSettings(undefined, 7));
  expect(toLoadSettings({}, 7)).toEqual(toLoadSettings(undefined, 7));
});
