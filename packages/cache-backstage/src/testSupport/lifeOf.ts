import type { CacheService } from '@backstage/backend-plugin-api';
import type { JsonValue } from '@backstage/types';

/** Bounds of the life of an entry, in ms. */
export interface Life {
  /** From the end of the set to the start of the last get that found it. */
  readonly atLeastMs: number;
  /** From the start of the set to the end of the first get that missed it. */
  readonly atMostMs: number;
}

/** Sets an entry and polls it until it is gone. On a slow machine the bounds are further apart, but still correct. */
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

/**
 * Expects an entry to live as long as its ttl: not shorter, within the precision of the stores' clocks, and at most 50 ms longer, as in
 * Backstage's own tests.
 */
export function expectLife({ atLeastMs, atMostMs }: Life, ttlMs: number): void {
  expect(atMostMs).toBeGreaterThan(ttlMs - 2);
  expect(atLeastMs).toBeLessThan(ttlMs + 50);
}
