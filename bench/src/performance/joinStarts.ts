import type { Plan } from './plan';
import type { Measured } from './results';

/**
 * Measures in new processes several times, and joins the rounds of each kind. The same code can be half as fast again in another process,
 * for as long as that lives, by how it was compiled and where its memory lies; so one pair of processes says little.
 *
 * @param measure - Starts processes, measures with the plan that it is given, and stops them. Always the same kinds, in the same order.
 */
export async function joinStarts(
  plan: Plan,
  measure: (partOfPlan: Plan, start: number) => Promise<readonly Measured[]>,
): Promise<readonly Measured[]> {
  const partOfPlan = { ...plan, rounds: Math.ceil(plan.rounds / plan.starts) };
  let joined: readonly Measured[] = [];
  for (let start = 1; start <= plan.starts; start++) {
    const found = await measure(partOfPlan, start);
    joined = found.map((kind, index) => ({ ...kind, trials: [...(joined[index]?.trials ?? []), ...kind.trials] }));
  }
  return joined;
}
