import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Awaitable } from '../../contract/awaitable';

/** What was done to keys: what a case that fails tells beside what it has read. */
export interface History {
  /** Notes that something is being done to a key now. */
  note(key: string, what: string): void;
  /** In words, for a message. */
  of(key: string): string;
}

/** What can be read and has a history. */
export interface Tracked {
  readonly history: History;
  get(key: string): Awaitable<unknown>;
}

/** Of each key the latest are kept. */
const MAX_NOTES = 4;
const MAX_SHOWN = 60;

/** Creates an empty history. */
export function createHistory(): History {
  const notes = new Map<string, { readonly what: string; readonly atMs: number }[]>();
  return {
    note(key, what) {
      const ofKey = notes.get(key) ?? [];
      ofKey.push({ what, atMs: performance.now() });
      if (ofKey.length > MAX_NOTES) ofKey.shift();
      notes.set(key, ofKey);
    },
    of(key) {
      const nowMs = performance.now();
      const told = (notes.get(key) ?? []).map(({ what, atMs }) => `${what} ${Math.round(nowMs - atMs)} ms ago`);
      return told.length === 0 ? 'nothing was done to this key before' : `before that: ${told.join(', ')}`;
    },
  };
}

/** What a set did, for {@link History.note}. */
export function toSetNote(value: unknown, ttlMs: unknown): string {
  return `set to ${show(value)} with ${ttlMs === undefined ? 'no ttl' : `a ttl of ${show(ttlMs)} ms`}`;
}

/** A value in a message: as JSON, cut. */
export function show(value: unknown): string {
  const text = value === undefined ? 'undefined' : (JSON.stringify(value) ?? typeof value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}... (${text.length} characters)`;
}

/** Reads a key, and fails with its history when it does not give what is expected. */
export async function expectGet(store: Tracked, key: string, expected: unknown): Promise<void> {
  expectResults(store, [key], [await store.get(key)], [expected]);
}

/** The same for what has been read of several keys, in their order. */
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
  const wrong = keys.flatMap((_, index) => (isDeepStrictEqual(results[index], expected[index]) ? [] : [index]));
  const [first] = wrong;
  if (first === undefined) return;
  const key = keys[first] ?? '';
  const count = wrong.length === 1 ? '' : ` This is the first of ${wrong.length} wrong answers of ${keys.length}.`;
  assert.fail(
    `${operation} of the key ${show(key)} gives ${show(results[first])}, where ${show(expected[first])} is expected; ` +
      `${store.history.of(key)}.${count}`,
  );
}
