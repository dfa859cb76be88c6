import { holds } from './checks';
import type { Measured, MeasuredAgain } from './results';
import type { Check } from './toChecks';

/** How often a missed bound is measured again. With the first measurement this gives an odd number, so that there is a median. */
const TIMES_AGAIN = 2;

/**
 * Measures again every bound whose miss would fail the run, except for figures that are counted and not timed.
 *
 * @param measure - Measures these kinds again, and returns all checks that can be made of the results.
 */
export async function measureAgain(
  checks: readonly Check[],
  measure: (kinds: readonly Measured[]) => Promise<readonly Check[]>,
): Promise<readonly MeasuredAgain[]> {
  const missed = checks.filter(check => check.gates && check.kinds && !holds(check));
  const again = missed.map(({ what, kinds = [] }) => ({ what, kinds, found: [] as number[] }));
  // All are measured once, and then all a second time, so that a temporary disturbance of the machine affects only one of the two.
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
