import { toBytes, toDuration, toPercent, toSpan } from '../public/formats.js';
import { createHistory } from '../public/history.js';

it.each([
  [toPercent(undefined), '–'],
  [toPercent(0), '0%'],
  [toPercent(0.004), '< 1%'],
  [toPercent(0.934), '93%'],
  [toPercent(0.9999), '99.9%'],
  [toPercent(1), '100%'],
  [toBytes(undefined), '–'],
  [toBytes(0), '0 B'],
  [toBytes(999), '999 B'],
  [toBytes(1536), '1.5 KiB'],
  [toBytes(64 * 1024 * 1024), '64 MiB'],
  [toDuration(undefined), '–'],
  [toDuration(0), '0 ms'],
  [toDuration(0.0042), '4.2 µs'],
  [toDuration(0.314), '0.31 ms'],
  [toDuration(12.34), '12 ms'],
  [toDuration(500), '500 ms'],
  [toDuration(2000), '2 s'],
  [toSpan(-5), '0 s'],
  [toSpan(90_000), '90 s'],
  [toSpan(600_000), '10 min'],
  [toSpan(7_200_000), '2 h'],
  [toSpan(30 * 86_400_000), '30 days'],
])('the page formats a number as %s', (text, expected) => {
  expect(text).toBe(expected);
});

describe('the points of a graph', () => {
  const figures = (plugin: string, hits: number, misses: number, durationMsTotal = 0) => ({
    plugin,
    hits,
    misses,
    operations: hits + misses,
    durationMsTotal,
  });
  const sample = (atMs: number, plugins?: object[], state = 'available', instance = 'one') => ({
    atMs,
    state,
    instance,
    ...(plugins && { plugins }),
  });
  const toPoints = (samples: object[], plugin?: string) => {
    const history = createHistory({ keptMs: 60_000, spanMs: 3000 });
    for (const each of samples) history.add(each);
    return history.points(plugin) as readonly object[];
  };
  const lastOf = (samples: object[], plugin?: string) => toPoints(samples, plugin).at(-1);

  it('are computed from differences of counts, for all plugins or for one', () => {
    const samples = [
      sample(0, [figures('a', 100, 100, 7)]),
      sample(1000, [figures('a', 103, 101, 9), figures('b', 0, 4)]),
    ];
    expect(lastOf(samples)).toEqual({
      atMs: 1000,
      state: 'available',
      hitRatio: 3 / 8,
      latencyMs: 2 / 8,
      operationsPerSecond: 8,
    });
    expect(lastOf(samples, 'a')).toMatchObject({ hitRatio: 3 / 4, latencyMs: 2 / 4, operationsPerSecond: 4 });
    expect(lastOf(samples, 'b')).toMatchObject({ hitRatio: 0 });
  });

  it('have the share of reads that the near cache answered, if there is a near cache', () => {
    const samples = [
      sample(0, [{ ...figures('a', 100, 0), nearHits: 60 }, figures('b', 0, 0)]),
      sample(1000, [{ ...figures('a', 107, 1), nearHits: 63 }, figures('b', 1, 1)]),
    ];
    expect(lastOf(samples)).toMatchObject({ hitRatio: 8 / 10, nearRatio: 3 / 10 });
    expect(lastOf(samples, 'a')).toMatchObject({ hitRatio: 7 / 8, nearRatio: 3 / 8 });
    expect(lastOf(samples, 'b')).not.toHaveProperty('nearRatio');
  });

  it('average the counts over the span', () => {
    const samples = [0, 1, 2, 3, 4].map(second => sample(second * 1000, [figures('a', second ** 2, 0)]));
    expect(lastOf(samples)).toMatchObject({ operationsPerSecond: (16 - 1) / 3 });
  });

  it('have no ratio and no latency when there were no operations', () => {
    const samples = [sample(0, [figures('a', 5, 5)]), sample(1000, [figures('a', 5, 5)])];
    expect(lastOf(samples)).toEqual({ atMs: 1000, state: 'available', operationsPerSecond: 0 });
  });

  it('have a gap while the store is away, and start a new count when it is back', () => {
    const samples = [
      sample(0, [figures('a', 0, 0)]),
      sample(1000, [figures('a', 0, 9)], 'unavailable'),
      sample(2000, [figures('a', 1, 9)]),
      sample(3000, [figures('a', 2, 9)]),
    ];
    expect(toPoints(samples)).toEqual([
      { atMs: 0, state: 'available' },
      { atMs: 1000, state: 'unavailable' },
      { atMs: 2000, state: 'available' },
      expect.objectContaining({ hitRatio: 1 }),
    ]);
  });

  it.each([
    ['a poll has no answer', [sample(1000, undefined, 'unreachable'), sample(2000, [figures('a', 90, 0)])]],
    ['another process answers', [sample(2000, [figures('a', 90, 0)], 'available', 'two')]],
  ])('have a gap when %s', (_reason, later) => {
    expect(lastOf([sample(0, [figures('a', 5, 5)]), ...later])).toEqual({ atMs: 2000, state: 'available' });
  });

  it('are dropped when they are older than 60 s', () => {
    expect(toPoints([sample(0, []), sample(64_000, []), sample(65_000, [])])).toHaveLength(2);
  });
});
