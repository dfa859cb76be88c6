/** When the store was asked for something, and how long the answer may be given again without asking. */
export interface AskTime {
  /** By a clock that nobody sets, but that may stand still while the machine is suspended. */
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly maxAgeMs: number;
}

/** For something that the store is asked now. */
export function toAskTime(maxAgeMs: number): AskTime {
  return { monotonicMs: performance.now(), wallMs: Date.now(), maxAgeMs };
}

/** The age is the larger one of both clocks: a wall clock that is set back makes nothing younger. */
export function isYoung({ monotonicMs, wallMs, maxAgeMs }: AskTime): boolean {
  return performance.now() - monotonicMs < maxAgeMs && Date.now() - wallMs < maxAgeMs;
}
