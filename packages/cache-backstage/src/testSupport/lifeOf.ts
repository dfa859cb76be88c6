import type { CacheService } from '@backstage/backend-plugin-api';
import type { JsonValue } from '@backstage/types';

/** How long an entry was there, in ms. */
export interface Life {
  /** From the end of the set to the last get that had it. */
  readonly atLeastMs: number;
  /** From the beginning of the set to the first get that had it no more. */
  readonly atMostMs: number;
}

/** Sets an entry and watches it until it is gone. A machine that is slow makes the two figures differ, not wrong. */
export async function lifeOf(
  cache: CacheService,
  key: string,
  options?: Parameters<CacheService['set']>[2],
  value: JsonValue = 'value',
): Promise<Life> {
  const beginMs = performance.now();
  await cache.set(key, value, options);
  const setMs = performance.now();
  let lastSeenMs = -Infinity;
  for (;;) {
    const askedMs = performance.now();
    if ((await cache.get(key)) === undefined) {
      return { atLeastMs: lastSeenMs - setMs, atMostMs: performance.now() - beginMs };
    }
    lastSeenMs = askedMs;
    if (askedMs - setMs > 3000) throw new Error('The entry is still there after 3 s');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** The life that a ttl means: not a ms less, as far as the clocks of stores go, and no more than upstream allows. */
export function expectLife({ atLeastMs, atMostMs }: Life, ttlMs: number): void {
  expect(atMostMs).toBeGreaterThan(ttlMs - 2);
  expect(atLeastMs).toBeLessThan(ttlMs + 50);
}
