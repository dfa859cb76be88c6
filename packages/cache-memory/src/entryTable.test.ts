import fc from 'fast-check';
import { createEntryTable, entryBytes, maxEntryBytes } from './entryTable';
import type { EntryTable } from './entryTable';

const keys = fc.constantFrom(...Array.from({ length: 300 }, (_, index) => `plugin-${index % 3}:${index}`));
const texts = fc.string({ unit: 'binary', maxLength: 40 });
const operations = fc.array(
  fc.oneof(
    {
      weight: 60,
      arbitrary: fc.record({ type: fc.constant('set' as const), key: keys, text: texts, isExpired: fc.boolean() }),
    },
    { weight: 30, arbitrary: fc.record({ type: fc.constant('get' as const), key: keys }) },
    { weight: 20, arbitrary: fc.record({ type: fc.constant('delete' as const), key: keys }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('removeExpired' as const) }) },
  ),
  { maxLength: 1000, size: 'max' },
);

interface Entry {
  readonly text: string;
  readonly isExpired: boolean;
  readonly bytes: number;
}

/** The same by the order of a Map. */
class Model {
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  readonly #maxEntries: number;

  constructor(maxBytes: number, maxEntries: number) {
    this.#maxBytes = maxBytes;
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): string | undefined {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (!entry || entry.isExpired) return undefined;
    this.#entries.set(key, { ...entry, bytes: entryBytes(key, entry.text) });
    return entry.text;
  }

  set(key: string, entry: Omit<Entry, 'bytes'>): boolean {
    const mostBytes = maxEntryBytes(key, entry.text);
    const bytes = this.#bytes() + mostBytes <= this.#maxBytes / 4 ? mostBytes : entryBytes(key, entry.text);
    if (bytes > this.#maxBytes) return false;
    this.#entries.delete(key);
    this.#entries.set(key, { ...entry, bytes });
    for (const oldest of this.#entries.keys()) {
      if (!this.#isOver()) break;
      this.#entries.delete(oldest);
    }
    return true;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  removeExpired(): void {
    for (const [key, { isExpired }] of this.#entries) if (isExpired) this.#entries.delete(key);
  }

  #isOver(): boolean {
    return this.#bytes() > this.#maxBytes || this.#entries.size > this.#maxEntries;
  }

  #bytes(): number {
    return [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

function removeWhere(table: EntryTable, matches: (key: string, expiresAtMs: number) => boolean): number {
  const walk = table.removeWhere(matches);
  let stops = 0;
  while (!walk.next().done) stops++;
  return stops;
}

describe('a table of entries', () => {
  it('does as a Map in the order of use does, within its bounds', () => {
    fc.assert(
      fc.property(
        operations,
        fc.integer({ min: 150, max: 40_000 }),
        fc.integer({ min: 1, max: 200 }),
        (list, maxBytes, maxEntries) => {
          const table = createEntryTable({ maxBytes, maxEntries });
          const model = new Model(maxBytes, maxEntries);
          for (const operation of list) {
            if (operation.type === 'set') {
              const isSet = table.set(operation.key, operation.text, operation.isExpired ? 0 : Infinity);
              table.evict(Infinity);
              expect(isSet).toBe(model.set(operation.key, operation));
            } else if (operation.type === 'get') {
              expect(table.get(operation.key)).toBe(model.get(operation.key));
            } else if (operation.type === 'delete') {
              table.delete(operation.key);
              model.delete(operation.key);
            } else {
              removeWhere(table, (_key, expiresAtMs) => expiresAtMs === 0);
              model.removeExpired();
            }
            expect(table.size).toBe(model.size);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('stops every now and then on its walks, and takes other calls in between', () => {
    const table = createEntryTable({ maxBytes: 1e9, maxEntries: 1e6 });
    const numbers = Array.from({ length: 20_000 }, (_, index) => index);
    for (const number of numbers) table.set(`${number % 2 ? 'odd' : 'even'}:${number}`, 'text', Infinity);

    const walk = table.removeWhere(key => key.startsWith('odd:'));
    let stops = 0;
    for (; !walk.next().done; stops++) {
      for (let number = stops * 1000; number < stops * 1000 + 500; number += 4) table.delete(`even:${number}`);
      table.get(`even:${stops * 1000 + 2}`);
      table.set(`new:${stops}`, 'text', Infinity);
    }
    expect(stops).toBeGreaterThan(10);
    const left = numbers.filter(number => table.get(`${number % 2 ? 'odd' : 'even'}:${number}`) !== undefined);
    expect(left.every(number => number % 2 === 0)).toBe(true);
    expect(table.size).toBe(left.length + stops);
  });

  it('removes no more than it is told to at once', () => {
    const table = createEntryTable({ maxBytes: 1e6, maxEntries: 10 });
    for (let number = 0; number < 30; number++) table.set(`key-${number}`, 'text', Infinity);
    expect(table.evict(15)).toBe(false);
    expect(table.size).toBe(15);
    expect(table.evict(15)).toBe(true);
    expect(table.size).toBe(10);
    expect(table.get('key-20')).toBe('text');
    expect(table.get('key-19')).toBeUndefined();
  });

  it('counts one or two bytes for each character, as V8 keeps them', () => {
    const ofText = (text: string) => entryBytes('key', text) - entryBytes('key', '');
    expect(ofText('x'.repeat(800))).toBe(800);
    expect(ofText('ÿ'.repeat(800))).toBe(800);
    expect(ofText(`${'x'.repeat(799)}Ā`)).toBe(1600);
  });

  it('counts what nobody has read as if each character took two, up to a quarter of its bytes', () => {
    const text = 'x'.repeat(400);
    const bytes = entryBytes('key-100', text);
    const table = createEntryTable({ maxBytes: 100 * bytes, maxEntries: 1000 });
    const setMany = (from: number, to: number, isRead: boolean) => {
      for (let number = from; number < to; number++) {
        const key = `key-${100 + number}`;
        table.set(key, text, Infinity);
        if (isRead) table.get(key);
        table.evict(Infinity);
      }
    };
    setMany(0, 95, true);
    expect(table.size).toBe(95);

    removeWhere(table, () => true);
    setMany(0, 95, false);
    expect(table.size).toBeGreaterThan(85);
    expect(table.size).toBeLessThan(95);

    // Those that count too much are the least recently used, and the first to go.
    setMany(95, 195, false);
    expect(table.size).toBe(100);
  });
});
