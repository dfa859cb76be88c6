import type { JsonValue } from '../contract/jsonValue';
import { heapOf } from '../testing/harness/usedHeap';
import { freezeValue } from './freezeValue';

function findChangeable(value: unknown): unknown[] {
  const inside = typeof value === 'object' && value !== null ? Object.values(value).flatMap(findChangeable) : [];
  return Object.isFrozen(value) ? inside : [value, ...inside];
}

describe('freezeValue', () => {
  it('freezes a value and everything in it', () => {
    const texts = [
      '{"a":{"b":[{"c":1},[2,[]],{}]},"d":[0.5,1],"e":"f","g":null}',
      '[[[{}]]]',
      '"a"',
      'null',
      '0',
      'true',
    ];
    for (const text of texts) {
      const value = JSON.parse(text) as JsonValue;
      freezeValue(value);
      expect(findChangeable(value)).toEqual([]);
      expect(JSON.stringify(value)).toBe(text);
    }
  });

  it('freezes a value that is nested more deeply than the call stack allows', () => {
    const depth = 200_000;
    const value = JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as JsonValue[];
    freezeValue(value);
    let innermost = value;
    while (innermost.length > 0) innermost = innermost[0] as JsonValue[];
    expect(Object.isFrozen(innermost)).toBe(true);
  });

  const rows = (count: number, toRow: (index: number) => JsonValue) =>
    Array.from({ length: count }, (_, i) => toRow(i));
  it.each<[string, (id: number) => JsonValue]>([
    [
      'objects of the same shape',
      id => rows(20, row => ({ id: id + row, name: `user-${row}`, mail: `user-${id}-${row}@a.org` })),
    ],
    ['nested objects', id => rows(50, row => ({ a: { b: { c: [id + row] } } }))],
    ['an object with unique names', id => Object.fromEntries(rows(500, row => [`service-${id}-${row}`, row]) as never)],
    ['whole numbers', id => rows(500, row => id + row)],
    ['fractions', id => rows(500, row => id + row + 0.5)],
    ['objects without members', () => rows(300, () => ({}))],
    ['empty lists', () => rows(300, () => [])],
    ['short texts', id => rows(200, row => `s${id}${row}`)],
    ['a long text', id => `${'x'.repeat(10_000)}${id}`],
  ])('estimates the heap size of %s, within 0.8 to 2 times the real size', async (_, toValue) => {
    const texts = rows(300, id => JSON.stringify(toValue(id))) as string[];
    let counted = 0;
    const taken = await heapOf(() => {
      counted = 0;
      return texts.map(text => {
        const value = JSON.parse(text) as JsonValue;
        counted += freezeValue(value);
        return value;
      });
    });
    expect(counted / taken).toBeGreaterThan(0.8);
    expect(counted / taken).toBeLessThan(2);
  });
});
