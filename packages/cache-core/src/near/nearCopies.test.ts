import { toPlainEntry } from '../values/entry';
import type { Entry } from '../values/entry';
import { createSharedValue } from '../values/sharedValue';
import { heapOf } from '../testing/harness/usedHeap';
import { createNearCopies } from './nearCopies';
import type { NearCopies, NearCopy } from './nearCopies';

const MEBIBYTE = 1024 * 1024;

function toCopy(text: string): NearCopy & { readonly entry: Entry } {
  return { text, entry: toPlainEntry(createSharedValue(text)), isShield: false, changes: 0 };
}

/** Imitates an encrypted text, in form and length. */
function encrypt(json: string): string {
  return Buffer.from(`#3 abcdefgh ${Buffer.from(json).toString('base64')}`).toString('latin1');
}

function keysOf(copies: NearCopies, keys: readonly string[]): readonly string[] {
  return keys.filter(key => copies.find(key));
}

describe('near copies', () => {
  it('are found until they are dropped by key, by prefix or all together', () => {
    const copies = createNearCopies();
    const keys = ['a:1', 'a:2', 'b:1', 'b:2'];
    for (const key of keys) copies.keep(key, toCopy('1'));
    expect(copies.find('a:1')?.entry?.value.take()).toBe(1);
    copies.drop('a:2');
    copies.drop('missing');
    expect(keysOf(copies, keys)).toEqual(['a:1', 'b:1', 'b:2']);
    copies.dropAll('b:');
    expect(keysOf(copies, keys)).toEqual(['a:1']);
    copies.clear();
    expect([copies.size, copies.bytes, ...keysOf(copies, keys)]).toEqual([0, 0]);
    copies.keep('a:1', toCopy('2'));
    expect(copies.find('a:1')?.text).toBe('2');
  });

  it('count the bytes of a key once, however often it is kept', () => {
    const copies = createNearCopies();
    const copy = toCopy(JSON.stringify('x'.repeat(1000)));
    copies.keep('key', copy);
    const { bytes } = copies;
    copies.keep('other', copy);
    for (let time = 0; time < 3; time++) copies.keep('key', copy);
    expect(copies.bytes).toBe(2 * bytes + 2);
    copy.entry.value.frozen();
    copies.keep('key', copy);
    expect(copies.bytes).toBeGreaterThan(2 * bytes + 1000);
    copies.drop('key');
    copies.drop('other');
    expect(copies.bytes).toBe(0);
  });

  it('evict the least recently used ones when full, and never hold one that is too large', () => {
    const copies = createNearCopies(10_000);
    const copy = toCopy(JSON.stringify('x'.repeat(1500)));
    for (let round = 0; round < 100; round++) {
      for (const key of ['a', 'b', 'c', 'd']) copies.keep(`${round}${key}`, copy);
      copies.find(`${round}a`);
      copies.keep(`${round}b`, copy);
      copies.keep(`${round}e`, copy);
      copies.keep(`${round}f`, copy);
      const keys = ['a', 'b', 'c', 'd', 'e', 'f'].map(key => `${round}${key}`);
      expect(keysOf(copies, keys)).toEqual(['d', 'a', 'b', 'e', 'f'].map(key => `${round}${key}`).sort());
      expect(copies.bytes).toBeLessThanOrEqual(10_000);
    }
    copies.keep('99a', toCopy(JSON.stringify('x'.repeat(20_000))));
    expect(copies.find('99a')).toBeUndefined();
    expect(copies.size).toBe(4);
  });

  it.each<[string, (id: number) => string, ((json: string) => string)?]>([
    ['small values', id => JSON.stringify(`value-${id}`)],
    [
      'values of 1 KB',
      id =>
        JSON.stringify({ id, items: Array.from({ length: 10 }, (_, row) => ({ row, name: `item-${row}-of-${id}` })) }),
    ],
    [
      'values of 50 KB',
      id => JSON.stringify(Array.from({ length: 500 }, (_, row) => ({ id, row, text: 't'.repeat(70) }))),
    ],
    ['values of wide characters', id => JSON.stringify({ id, text: '界'.repeat(1000) })],
    ['encrypted values', id => JSON.stringify({ id, text: 't'.repeat(1000) }), encrypt],
    ['encrypted values of wide characters', id => JSON.stringify({ id, text: '界'.repeat(300) }), encrypt],
  ])(
    'take between half and 1.1 times the heap bytes that they count: %s',
    async (_, toText, toStored = json => json) => {
      let bytes = 0;
      const taken = await heapOf(() => {
        const copies = createNearCopies(8 * MEBIBYTE);
        for (let id = 0; copies.bytes < 7.9 * MEBIBYTE; id++) {
          const json = Buffer.from(toText(id)).toString();
          const copy = { ...toCopy(json), text: toStored(json) };
          copy.entry.value.frozen();
          copies.keep(`catalog:key-${id}`, copy);
        }
        bytes = copies.bytes;
        return copies;
      });
      expect(taken / bytes).toBeLessThan(1.1);
      expect(taken / bytes).toBeGreaterThan(0.5);
    },
  );
});
