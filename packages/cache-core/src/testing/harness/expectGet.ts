import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Awaitable } from '../../contract/awaitable';
import { show } from './history';
import type { History } from './history';

/** A driver or cache that can be read and has a history. */
export interface Tracked {
  readonly history: History;
  get(key: string): Awaitable<unknown>;
}

/** Reads a key. Fails with the key's history unless the result is the expected one. */
export async function expectGet(store: Tracked, key: string, expected: unknown): Promise<void> {
  expectResults(store, [key], [await store.get(key)], [expected]);
}

/** As {@link expectGet}, for results that were read already, in the order of their keys. */
export function expectResults(
  store: Pick<Tracked, 'history'>,
  keys: readonly string[],
  results: unknown,
  expected: readonly unknown[],
  operation = 'get',
): void {
  if (!Array.isArray(results) || results.length !== keys.length) {
    const got = Array.isArray(results) ? `a list of ${results.length}` : show(results);
    assert.fail(`${operation} of ${keys.length} keys gives ${got}, where a list of ${keys.length} is expected`);
  }
  const isAsExpected = (index: number) =>
    Object.is(results[index], expected[index]) || isDeepStrictEqual(results[index], expected[index]);
  const wrong = [...keys.keys()].filter(index => !isAsExpected(index));
  const [first] = wrong;
  if (first === undefined) return;
  const key = keys[first] ?? '';
  const count = wrong.length === 1 ? '' : ` This is the first of ${wrong.length} wrong answers of ${keys.length}.`;
  assert.fail(
    `${operation} of the key ${show(key)} gives ${show(results[first])}, where ${show(expected[first])} is expected; ` +
      `${store.history.of(key)}.${count}`,
  );
}
