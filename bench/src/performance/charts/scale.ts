/** Where a value stands between two places. */
export interface Scale {
  place(value: number): number;
  /** Values for lines and labels. */
  readonly ticks: readonly number[];
}

const roundNumbers = Array.from({ length: 19 }, (_, index) => index - 9).flatMap(exponent =>
  [1, 2, 5].map(step => Number(`${step}e${exponent}`)),
);

/** From 0 to at least the largest value. */
export function createLinearScale(largest: number, from: number, to: number): Scale {
  const magnitude = 10 ** Math.floor(Math.log10(largest));
  const step = [0.2, 0.5, 1, 2].map(factor => factor * magnitude).find(one => largest / one <= 6) ?? magnitude;
  const count = Math.ceil(largest / step);
  return {
    place: value => from + ((to - from) * value) / (count * step),
    ticks: Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6))),
  };
}

/**
 * From the tick below the smallest value to the tick above the largest.
 *
 * @param candidates - What can be a tick, in ascending order.
 */
export function createLogarithmicScale(
  values: readonly number[],
  from: number,
  to: number,
  candidates: readonly number[] = roundNumbers,
): Scale {
  const first = candidates.findLastIndex(candidate => candidate <= Math.min(...values));
  const last = candidates.findIndex(candidate => candidate >= Math.max(...values));
  const ticks = candidates.slice(first, last + 1);
  const [low, high] = [Math.log(ticks.at(0) ?? 1), Math.log(ticks.at(-1) ?? 10)];
  return { place: value => from + ((to - from) * (Math.log(value) - low)) / (high - low || 1), ticks };
}
