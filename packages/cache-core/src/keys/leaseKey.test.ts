import { anyCharacter } from '@greenroom/test-servers/anyCharacter';
import fc from 'fast-check';
import { toLeaseKey } from './leaseKey';
import { toNamespaceKeys } from './namespacePart';
import type { PluginKeys } from './storedKey';
import { toKeyPrefix, toStoredKey } from './storedKey';

const texts = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 300 }),
  fc.constantFrom('', '!', 'l', '!l', 'lkey', '!lkey', 'nname!', '!sha256-', 'key', '%21lkey'),
);
const plugins = fc
  .tuple(fc.constantFrom('p', 'l', 'q'.repeat(64)), fc.array(texts, { maxLength: 2 }))
  .map(([id, names]) => {
    const plugin: PluginKeys = { pluginId: id, keyPrefix: toKeyPrefix(id) };
    return names.reduce(toNamespaceKeys, plugin);
  });

function toKeys(plugin: PluginKeys, key: string) {
  const stored = toStoredKey(plugin.keyPrefix, key, plugin.maxKeyBytes);
  return { stored, lease: toLeaseKey(plugin, stored) };
}

describe('a lease key', () => {
  it('consists of the key prefix, !l and the readable key', () => {
    const plugin = { pluginId: 'catalog', keyPrefix: 'catalog:' };
    expect(toLeaseKey(plugin, 'catalog:some-key')).toBe('catalog:!lsome-key');
    expect(toLeaseKey(toNamespaceKeys(plugin, 'name'), 'catalog:!nname!some-key')).toBe('catalog:!nname!!lsome-key');
  });

  it('never equals a stored key, differs for different keys, and has at most 250 bytes', () => {
    fc.assert(
      fc.property(plugins, plugins, texts, texts, (one, other, key, otherKey) => {
        const [first, second] = [toKeys(one, key), toKeys(other, otherKey)];
        expect(first.lease).not.toBe(second.stored);
        expect(first.lease === second.lease).toBe(first.stored === second.stored);
        expect(first.lease.startsWith(one.keyPrefix)).toBe(true);
        expect(first.lease.length).toBeLessThanOrEqual(250);
      }),
      { numRuns: 2000 },
    );
  });
});
