import { setTimeout as sleep } from 'node:timers/promises';
import { createFindings } from './findings';
import { addLatency, measureRoundTrips } from './latency';

const judge = (times: readonly number[]) => {
  const findings = createFindings();
  addLatency(findings, 'host:1', times, 500);
  return findings.list();
};

it.each([[[]], [[0.3, 0.2]], [[40, 9.9, 200]]])('round trips of %j ms are short', times => {
  expect(judge(times)).toEqual([]);
});

it('round trips that are all long are told with the shortest and the longest', () => {
  expect(judge([30, 12.34, 80])).toMatchObject([
    {
      id: 'latency.high',
      detail: expect.stringMatching(/^The shortest of 3 took 12\.3 ms, the longest 80\.0 ms;.* after 500 ms/),
    },
  ]);
});

it('a round trip is measured until one is short', async () => {
  let rounds = 0;
  const times = await measureRoundTrips(async () => {
    rounds++;
    if (rounds < 12) await sleep(15);
    return true;
  });
  expect(rounds).toBeGreaterThanOrEqual(12);
  expect(Math.min(...times)).toBeLessThan(10);
});

it('nothing is measured once the connection is lost', async () => {
  expect(await measureRoundTrips(async () => false)).toEqual([]);
});
