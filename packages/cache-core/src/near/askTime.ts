/** When the store was asked, and for how long its answer may be reused without asking again. */
export interface AskTime {
  /** From a clock that is never adjusted, but may stand still while the machine is suspended. */
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly maxAgeMs: number;
}

/** The ask time of a request that starts now. */
export function toAskTime(maxAgeMs: number): AskTime {
  return { monotonicMs: performance.now(), wallMs: Date.now(), maxAgeMs };
}

/** Whether the answer may still be reused. The larger age of both clocks counts: setting the wall clock back makes nothing younger. */
export function isYoung({ monotonicMs, wallMs, maxAgeMs }: AskTime): boolean {
  return performance.now() - monotonicMs < maxAgeMs && Date.now() - wallMs < maxAgeMs;
}
