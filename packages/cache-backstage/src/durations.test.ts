import { ConfigReader, readDurationFromConfig } from '@backstage/config';
import { durationToMilliseconds } from '@backstage/types';
import { createConfigSource } from '@greenroom/cache-core';
import fc from 'fast-check';

/** Milliseconds of a duration in the configuration, or `undefined` where it is refused. */
function orRefused(read: () => number | undefined): number | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function expectSame(duration: string | object): void {
  const data = { defaultTtl: duration };
  const theirs = orRefused(() =>
    durationToMilliseconds(readDurationFromConfig(new ConfigReader(data), { key: 'defaultTtl' })),
  );
  const ours = orRefused(() => createConfigSource(data, 'backend.cache').getOptionalDurationMs('defaultTtl'));
  // A life of nothing, or less, is refused here, and never expires there.
  if (theirs === undefined || !(theirs > 0)) expect(ours).toBeUndefined();
  else expect(ours).toBeCloseTo(theirs, 0);
}

const words = [
  'ms',
  'msecs',
  'milliseconds',
  's',
  'sec',
  'seconds',
  'm',
  'mins',
  'minute',
  'h',
  'hr',
  'hours',
  'd',
  'days',
];
const amounts = fc.oneof(
  fc.nat(5000),
  fc.double({ min: 0, max: 5000, noNaN: true }).map(amount => amount.toFixed(2)),
);

describe('a duration in the configuration', () => {
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
  ])('is read as Backstage reads it: %j', text => {
    expectSame(text);
  });

  it('is read as Backstage reads it, for any number of any unit', () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom('', ' '), fc.constantFrom(...words, 'w', 'y'), (amount, space, word) =>
        expectSame(`${amount}${space}${word}`),
      ),
    );
  });

  it.each([
    ...[{ minutes: 5 }, { hours: 1, minutes: 30 }, { minutes: '5' }, { years: 1, months: 1 }, { seconds: 0.5 }],
    ...[{}, { fortnights: 1 }, { minutes: 'x' }, { minutes: 5, hour: 1 }],
  ])('is read as Backstage reads it: %j', duration => {
    expectSame(duration);
  });
});
