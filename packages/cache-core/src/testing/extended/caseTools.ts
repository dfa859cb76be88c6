import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheErrorCode } from '../../contract/cacheError';
import type { CacheService } from '../../contract/cacheService';
import type { ExtendedCache } from '../../contract/extendedCache';
import type { JsonValue } from '../../contract/jsonValue';
import { createDeferred } from '../../extended/createDeferred';
import { extendCache } from '../../extended/extendCache';
import type { ExtendedCase } from './extendedTarget';

export { createDeferred };

/** Longest time until a background write can be read. */
const STORED_MS = 2000;

/** A case on one extended cache. */
export function extendedCase(name: string, run: (cache: ExtendedCache) => Promise<void>): ExtendedCase {
  return { name, run: async target => run(extendCache(await target.open())) };
}

/** A load that counts its calls, and that the case ends. */
export interface TestLoad<T extends JsonValue = JsonValue> {
  (context: { readonly signal: AbortSignal }): Promise<T | undefined>;
  /** Contexts of the calls so far. */
  readonly calls: readonly { readonly signal: AbortSignal }[];
  /** Resolves when the load has been called. */
  readonly started: Promise<void>;
  /** Ends all calls. */
  end(value: T | undefined): void;
  fail(error: unknown): void;
}

export function createLoad<T extends JsonValue>(): TestLoad<T> {
  const calls: { signal: AbortSignal }[] = [];
  const result = createDeferred<T | undefined>();
  const start = createDeferred<void>();
  result.promise.catch(() => {});
  const load = (context: { readonly signal: AbortSignal }) => {
    calls.push(context);
    start.resolve();
    return result.promise;
  };
  return Object.assign(load, {
    calls,
    started: start.promise,
    end: (value: T | undefined) => result.resolve(value),
    fail: (error: unknown) => result.reject(error),
  });
}

/** For a load that must not be called. */
export function neverLoad(): never {
  assert.fail('the load was called');
}

/** Waits until a plain get returns the value. */
export function expectStored(cache: CacheService, key: string, expected: JsonValue): Promise<void> {
  return expectInTime(() => cache.get(key), expected);
}

/** Waits until a read returns the value. */
export async function expectInTime(read: () => Promise<unknown>, expected: JsonValue): Promise<void> {
  const endMs = performance.now() + STORED_MS;
  for (;;) {
    const found = await read();
    try {
      assert.deepEqual(found, expected);
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await sleep(2);
    }
  }
}

/** Waits until a plain get finds nothing. */
export async function expectGone(cache: CacheService, key: string): Promise<void> {
  const endMs = performance.now() + STORED_MS;
  while ((await cache.get(key)) !== undefined) {
    assert.ok(performance.now() < endMs, `the key ${key} still has a value`);
    await sleep(2);
  }
}

/** Expects that no write was made: it would have been sent before these reads, so they would have seen it. */
export async function expectNeverStored(cache: CacheService, key: string): Promise<void> {
  for (let read = 0; read < 5; read++) {
    assert.equal(await cache.get(key), undefined);
    await sleep(5);
  }
}

export async function expectCode(
  operation: Promise<unknown> | (() => unknown),
  code: CacheErrorCode,
  message?: RegExp,
): Promise<void> {
  const run = async () => (typeof operation === 'function' ? operation() : operation);
  await assert.rejects(run, (error: { code?: unknown; message?: unknown }) => {
    assert.equal(error.code, code, `expected ${code}, got ${String(error.message)}`);
    if (message) assert.match(String(error.message), message);
    return true;
  });
}

/** Whether a promise is still pending after everything that can happen without waiting has happened. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise.catch(() => {}), sleep(30, pending)])) === pending;
}
