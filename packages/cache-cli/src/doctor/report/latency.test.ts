import { setTimeout as sleep } from 'node:timers/promises';
import { createFindings } from './findings';
import { addLatency, measureRoundTrips } from './latency';

const judge = (times: readonly number[]) => {
  const findings = createFindings();
  addLatency(findings, 'host:1', times, 500);
  return findings.list();
};

it.each([[[]], [[0.3, 0.2]], [[40, 9.9, 200]]])('addLatency reports nothing for round trips of %j ms', times => {
  expect(judge(times)).toEqual([]);
});

it('addLatency reports the shortest and the longest round trip when all are long', () => {
  expect(judge([30, 12.34, 80])).toMatchObject([
    {
      id: 'latency.high',
      detail: expect.stringMatching(/^The shortest of 3 took 12\.3 ms, the longest 80\.0 ms;.* after 500 ms/),
    },
  ]);
});

it('measureRoundTrips repeats until a round trip is short', async () => {
  let rounds = 0;
  const times = await measureRoundTrips(async () => {
    rounds++;
    if (rounds < 12) await sleep(15);
    return true;
  });
  expect(rounds).toBeGreaterThanOrEqual(12);
  expect(Math.min(...times)).toBeLessThan(10);
});

it('measureRoundTrips returns no times when the connection is lost', async () => {
  expect(await measureRoundTrips(async () => false)).toEqual([]);
});
