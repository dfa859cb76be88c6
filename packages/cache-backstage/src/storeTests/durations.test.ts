import { ConfigReader, readDurationFromConfig } from '@backstage/config';
import { durationToMilliseconds } from '@backstage/types';
import { createConfigSource } from '@greenroom/cache-core';
import fc from 'fast-check';

/** Returns a configured duration in ms, or `undefined` if it is refused. */
function orRefused(read: () => number | undefined): number | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readBoth(duration: string | object) {
  const data = { defaultTtl: duration };
  const reader = new ConfigReader(data);
  return {
    backstage: orRefused(() => durationToMilliseconds(readDurationFromConfig(reader, { key: 'defaultTtl' }))),
    greenroom: orRefused(() => createConfigSource(data, 'backend.cache').getOptionalDurationMs('defaultTtl')),
  };
}

/** A duration of 0 ms or less is refused by Greenroom; in Backstage it means no expiry. */
function expectSame(duration: string | object): void {
  const { backstage, greenroom } = readBoth(duration);
  if (backstage === undefined || !(backstage > 0)) expect(greenroom).toBeUndefined();
  // Sums of many thousand years are rounded differently.
  else expect(Math.abs((greenroom ?? NaN) - backstage)).toBeLessThan(Math.max(0.5, backstage * 1e-14));
}

/** `''`, or a number with up to three decimals and the letter of its unit. */
const isoPart = (unit: string, separator: fc.Arbitrary<string> = fc.constant('.')) =>
  fc.oneof(
    fc.constant(''),
    fc.nat(5000).map(amount => `${amount}${unit}`),
    fc
      .tuple(fc.constantFrom('', '-'), fc.nat(500), separator, fc.nat(999))
      .map(([sign, whole, point, rest]) => `${sign}${whole}${point}${String(rest).padStart(3, '0')}${unit}`),
  );
const dateParts = fc.tuple(isoPart('Y'), isoPart('M'), isoPart('W'), isoPart('D'));
const timeParts = fc.tuple(isoPart('H'), isoPart('M'), isoPart('S', fc.constantFrom('.', ',')));

describe('an ISO duration', () => {
  it('is refused or parsed as in Backstage, for any combination of parts', () => {
    fc.assert(
      fc.property(dateParts, timeParts, fc.boolean(), (date, time, always) => {
        const clock = time.join('');
        expectSame(`P${date.join('')}${clock || always ? 'T' : ''}${clock}`);
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused or parsed as in Backstage, for any mix of its letters', () => {
    const letters = fc.constantFrom('P', 'T', 'Y', 'M', 'W', 'D', 'H', 'S', '1', '2', '.', ',', '-', ' ');
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), parts => expectSame(`P${parts.join('')}`)),
      { numRuns: 3000 },
    );
  });
});

describe('a duration string', () => {
  it.each([
    ...[
      '1h',
      '2 days',
      ' 30 seconds ',
      '1.5h',
      '.5h',
      '1y',
      '2.5 years',
      '10w',
      '5 M',
      '1 Hour',
      'PT1H',
      'P2DT6H',
      'P1Y',
    ],
    ...[
      'PT0.5S',
      'PT1,5S',
      'P1W',
      'hello',
      '',
      '60000',
      '1',
      '-1h',
      '0s',
      'P',
      'PT',
      'P1H',
      '1 fortnight',
      '1h 30m',
      'h',
    ],
  ])('is refused or parsed as in Backstage: %j', text => {
    expectSame(text);
  });

  it('is refused or parsed as in Backstage, for any mix of numbers and units', () => {
    const parts = fc.constantFrom('1', '0', '12', '.', '-', ' ', 'h', 'ms', 'Sec', 'minutes', 'y', 'w', 'd', 'x');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 5 }), texts => {
        const text = texts.join('');
        // A fraction without a unit has its own test below.
        fc.pre(!/^\d*\.\d+$/.test(text.trim()));
        expectSame(text);
      }),
      { numRuns: 5000 },
    );
  });

  it.each(['1.5', '0.5', ' 12.25 '])('is parsed as in Backstage when it is a fraction without a unit: %j', text => {
    expectSame(text);
  });

  it('is refused or parsed as in Backstage when it is longer than 100 characters', () => {
    expectSame(`${'0'.repeat(98)}1seconds`);
  });
});

describe('a duration object', () => {
  it('is refused or parsed as in Backstage, for any amounts of its units', () => {
    const amount = fc.oneof(
      fc.integer({ min: -50, max: 5000 }),
      fc.nat(5000).map(number => `${number}`),
      fc.constant(0.5),
    );
    const units = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds'];
    const requiredKeys: string[] = [];
    fc.assert(
      fc.property(fc.record(Object.fromEntries(units.map(unit => [unit, amount])), { requiredKeys }), duration =>
        expectSame({ ...duration }),
      ),
    );
  });

  it.each([{ minutes: 5, seconds: null }, { minutes: null }, { minutes: 'Infinity' }])(
    'is refused or parsed as in Backstage when it has null or Infinity: %j',
    duration => {
      expectSame(duration);
    },
  );
});
