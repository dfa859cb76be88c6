import { holds } from './checks';
import type { Measured, MeasuredAgain } from './results';
import type { Check } from './toChecks';

/** How often what has missed its bound is measured again. With the first one an odd number, of which there is a median. */
const TIMES_AGAIN = 2;

/**
 * Measures again what has missed its bound: all that fails a run, but for what is counted and not timed.
 *
 * @param measure - Measures such kinds anew, and gives all checks that can be made of them.
 */
export async function measureAgain(
  checks: readonly Check[],
  measure: (kinds: readonly Measured[]) => Promise<readonly Check[]>,
): Promise<readonly MeasuredAgain[]> {
  const missed = checks.filter(check => check.gates && check.kinds && !holds(check));
  const again = missed.map(({ what, kinds = [] }) => ({ what, kinds, found: [] as number[] }));
  // All once and then all once more, so that what disturbs the machine for a while disturbs one of the two.
  for (let time = 0; time < TIMES_AGAIN; time++) {
    for (const kinds of new Set(again.map(one => one.kinds))) {
      const found = await measure(kinds);
      for (const one of again.filter(each => each.kinds === kinds)) {
        one.found.push(found.find(({ what }) => what === one.what)?.found ?? NaN);
      }
    }
  }
  return again.map(({ what, found }) => ({ what, found }));
}
