import fc from 'fast-check';
import { toNamespaceKeys } from './namespacePart';
import { toStoredKey } from './storedKey';
import type { PluginKeys } from './storedKey';

const catalog: PluginKeys = { pluginId: 'catalog', keyPrefix: 'catalog:' };
const name = fc.oneof(
  fc.string(),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map(units => String.fromCharCode(...units)),
  fc.constantFrom('', 'a', 'ab', 'a!', '!na!', 'n', 'd', '%21', 'x'.repeat(30), 'x'.repeat(31)),
);
const path = fc.array(name, { maxLength: 4 });

function toPrefix(names: readonly string[]) {
  return names.reduce(toNamespaceKeys, catalog);
}

describe('the prefix of a namespace', () => {
  it('starts the prefix of another namespace if and only if that one is inside it', () => {
    fc.assert(
      fc.property(path, path, (one, other) => {
        const isInside = one.every((part, index) => other[index] === part);
        expect(toPrefix(other).keyPrefix.startsWith(toPrefix(one).keyPrefix)).toBe(isInside);
      }),
      { numRuns: 1000 },
    );
  });

  it('makes stored keys that differ for different namespaces and keys, of at most 250 bytes', () => {
    const longest: PluginKeys = { pluginId: 'p'.repeat(64), keyPrefix: `${'p'.repeat(64)}:` };
    fc.assert(
      fc.property(path, name, path, name, (one, key, other, otherKey) => {
        const [stored, otherStored] = [
          [one, key],
          [other, otherKey],
        ].map(([names, ownKey]) => {
          const { keyPrefix, maxKeyBytes } = (names as string[]).reduce(toNamespaceKeys, longest);
          return toStoredKey(keyPrefix, ownKey as string, maxKeyBytes);
        });
        expect(stored).toMatch(/^[\x21-\x7e]{1,250}$/);
        expect(stored === otherStored).toBe(JSON.stringify([one, key]) === JSON.stringify([other, otherKey]));
      }),
      { numRuns: 1000 },
    );
  });
});
