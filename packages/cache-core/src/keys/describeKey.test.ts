import { anyCharacter } from '@greenroom/test-servers/anyCharacter';
import fc from 'fast-check';
import { describeKey } from './describeKey';
import { toLeaseKey } from './leaseKey';
import { toNamespaceKeys } from './namespacePart';
import { toKeyPrefix, toStoredKey } from './storedKey';

const ids = fc.stringMatching(/^[!-9;-~]{1,64}$/);
const keys = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\ud800', '\udfff', 'ä', '👩‍🚀', '%', '!', 'n', 'd', ':', 'a'), maxLength: 12 }),
);
const names = fc.string({ unit: anyCharacter, maxLength: 8 });

describe('the description of a stored key', () => {
  it('contains the plugin id, and the key unless only its digest is stored', () => {
    fc.assert(
      fc.property(ids, keys, (pluginId, key) => {
        const storedKey = toStoredKey(toKeyPrefix(pluginId), key);
        const described = describeKey(storedKey);
        expect(described).toMatchObject({ pluginId, kind: 'entry' });
        expect(described?.key).toBe(storedKey.includes('!sha256-', pluginId.length + 1) ? undefined : key);
      }),
    );
  });

  it('contains the namespaces of an extended cache', () => {
    fc.assert(
      fc.property(ids, keys, fc.array(names, { minLength: 1, maxLength: 2 }), (pluginId, key, path) => {
        const plugin = path.reduce(toNamespaceKeys, { pluginId, keyPrefix: toKeyPrefix(pluginId) });
        const described = describeKey(toStoredKey(plugin.keyPrefix, key, plugin.maxKeyBytes));
        expect(described).toMatchObject({ pluginId, kind: 'entry' });
        expect(described?.namespaces).toHaveLength(path.length);
        described?.namespaces?.forEach((name, index) => expect([path[index], undefined]).toContain(name));
      }),
    );
  });

  it('distinguishes a lease from an entry, and contains the key that is being loaded', () => {
    const keyPrefix = toKeyPrefix('catalog');
    expect(describeKey(toLeaseKey({ keyPrefix }, `${keyPrefix}some-key`))).toEqual({
      pluginId: 'catalog',
      kind: 'lease',
      key: 'some-key',
    });
  });

  it('contains only the plugin id and the kind for a long key', () => {
    expect(describeKey(toStoredKey('catalog:', 'x'.repeat(200)))).toEqual({ pluginId: 'catalog', kind: 'entry' });
  });

  it.each([
    '',
    'catalog',
    ':key',
    'two words:key',
    'catalog:key with spaces',
    'catalog:!other',
    'catalog:%41',
    'catalog:%zz',
  ])('is undefined for a key that no plugin can have: %s', foreign => {
    expect(describeKey(foreign)).toBeUndefined();
  });
});
