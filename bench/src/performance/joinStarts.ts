import type { Plan } from './plan';
import type { Measured } from './results';

/**
 * Measures several times in new processes, and joins the rounds of each kind. In another process the same code can be faster by half, for
 * as long as that process lives, depending on how it was compiled and where its memory is. So one pair of processes says little.
 *
 * @param measure - Starts processes, measures with the given plan, and stops them. Always returns the same kinds, in the same order.
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
