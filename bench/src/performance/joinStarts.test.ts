import { joinStarts } from './joinStarts';
import { quickPlan } from './plan';
import type { Measured } from './results';

it('divides the rounds among the starts, and joins the trials of each kind', async () => {
  const asked: string[] = [];
  const plan = { ...quickPlan, rounds: 9, starts: 3 };
  const joined = await joinStarts(plan, async ({ rounds }, start) => {
    asked.push(`${rounds} rounds, start ${start}`);
    const kinds = ['get', 'set'] as const;
    return kinds.map((operation, index) => ({
      ...({ store: 'redis', operation } as Measured),
      trials: [{ operationsPerSecond: 10 * start + index }],
    }));
  });
  expect(asked).toEqual(['3 rounds, start 1', '3 rounds, start 2', '3 rounds, start 3']);
  const found = joined.map(({ operation, trials }) => [operation, ...trials.map(trial => trial.operationsPerSecond)]);
  expect(found).toEqual([
    ['get', 10, 20, 30],
    ['set', 11, 21, 31],
  ]);
});
