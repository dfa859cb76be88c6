import { block } from './block';
import { until, waitUntil, within } from './promises';

describe.each<[string, (ms: number, isTrue: () => boolean) => Promise<unknown>]>([
  ['within', (ms, isTrue) => within(ms, until('it is true', isTrue, 2000))],
  ['until', (ms, isTrue) => until('it is true', isTrue, ms)],
  [
    'waitUntil',
    (ms, isTrue) =>
      waitUntil('it is true', ms, async () => {
        if (!isTrue()) throw new Error('not yet');
      }),
  ],
])('%s', (_name, wait) => {
  it('rejects when the time is over and not before', async () => {
    const begunMs = performance.now();
    await expect(wait(200, () => false)).rejects.toThrow('200 ms');
    expect(performance.now() - begunMs).toBeGreaterThan(190);
  });

  it('does not count time in which the event loop was blocked', async () => {
    let isTrue = false;
    const waiting = wait(300, () => isTrue);
    block(600);
    setTimeout(() => (isTrue = true), 30);
    await waiting;
  });
});
