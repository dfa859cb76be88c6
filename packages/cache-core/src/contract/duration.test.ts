import { DurationError, durationObjectToMs, durationTextToMs } from './duration';

describe('a duration text', () => {
  it.each([
    ['500ms', 500],
    ['1 msec', 1],
    ['2 milliseconds', 2],
    ['1s', 1000],
    ['30 secs', 30_000],
    ['.5s', 500],
    ['1.5 minutes', 90_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2 HRS', 7_200_000],
    ['  1 Hour\n', 3_600_000],
    ['1d', 86_400_000],
    ['1w', 604_800_000],
    ['1y', 31_536_000_000],
    ['0s', 0],
    ['PT1H', 3_600_000],
    ['PT1.5S', 1500],
    ['PT1,5S', 1500],
    ['PT1H-30M', 1_800_000],
    ['P2DT6H', 194_400_000],
    ['P1W', 604_800_000],
    ['P1M', 2_592_000_000],
    ['PT1M', 60_000],
    ['P1Y', 31_536_000_000],
  ])('%j is %d ms', (text, ms) => {
    expect(durationTextToMs(text)).toBe(ms);
  });

  it.each([
    ['hello', "expected a form such as '1h'"],
    ['', "expected a form such as '1h'"],
    ['h', "expected a form such as '1h'"],
    ['1 fortnight', "expected a form such as '1h'"],
    ['1h 30m', "expected a form such as '1h'"],
    ['1.h', "expected a form such as '1h'"],
    ['pt1h', "expected a form such as '1h'"],
    ['60000', 'needs a unit'],
    ['-1h', 'above 0'],
    ['P', 'ISO form'],
    ['PT', 'ISO form'],
    ['P1H', 'ISO form'],
    ['PT1D', 'ISO form'],
    ['PT1H2', 'ISO form'],
  ])('%p is rejected with a DurationError that says what was expected', (text, expected) => {
    expect(() => durationTextToMs(text)).toThrow(DurationError);
    expect(() => durationTextToMs(text)).toThrow(expected);
  });

  it('is rejected with a DurationError when it is longer than 100 characters', () => {
    expect(durationTextToMs(`${'0'.repeat(92)}1seconds`)).toBe(1000);
    expect(() => durationTextToMs(`${'0'.repeat(93)}1seconds`)).toThrow(DurationError);
  });
});

describe('a duration object', () => {
  it.each([
    [{ milliseconds: 1 }, 1],
    [{ seconds: 0.5 }, 500],
    [{ hours: 1, minutes: 30 }, 5_400_000],
    [{ days: 1, weeks: 1 }, 691_200_000],
    [{ months: 1 }, 2_592_000_000],
    [{ years: 1 }, 31_536_000_000],
    [{ hours: 1, minutes: -30 }, 1_800_000],
    [{ seconds: Infinity }, Infinity],
    [{ minutes: 1, seconds: undefined }, 60_000],
  ])('%p is %d ms', (duration, ms) => {
    expect(durationObjectToMs(duration)).toBe(ms);
  });

  it.each([
    ['a text', '1h', 'expected a number of ms or an object of years'],
    ['null', null, 'expected a number of ms or an object of years'],
    ['a list', [1], 'expected a number of ms or an object of years'],
    ['an object without units', {}, 'expected one or more of years'],
    ['an object with only undefined units', { seconds: undefined }, 'expected one or more of years'],
    ['an object with a unit in the singular', { hour: 1 }, "unknown unit 'hour'"],
    ['an object with an inherited name as unit', { constructor: 1 }, "unknown unit 'constructor'"],
    ['an object with a text as number', { seconds: '1' }, 'expected seconds to be a number'],
    ['an object with NaN as number', { seconds: NaN }, 'expected seconds to be a number'],
  ])('is rejected with a DurationError when it is %s', (_what, duration, expected) => {
    expect(() => durationObjectToMs(duration)).toThrow(DurationError);
    expect(() => durationObjectToMs(duration)).toThrow(expected);
  });
});
