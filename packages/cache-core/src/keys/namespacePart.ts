import { CacheError } from '../contract/cacheError';
import { digestOf, encodeWithin, MAX_KEY_BYTES } from './storedKey';
import type { PluginKeys } from './storedKey';

/** Longer names become a digest, so that four namespaces fit into a key of memcached. */
const MAX_NAME_BYTES = 30;
/** 162 bits of the digest. */
const DIGEST_LENGTH = 27;
/** Room for a long key: `!sha256-` and its digest. */
const MIN_KEY_BYTES = 51;

/**
 * Returns what comes before the keys of a namespace, after the `!` that begins it: `n<name>!`, or `d<digest>!` for a long name. Encoded
 * names contain no `!`, so no part is the beginning of another. Throws CACHE_CONFIG when the name is not a string.
 */
export function toNamespacePart(name: string): string {
  if (typeof name !== 'string') {
    throw new CacheError('CACHE_CONFIG', `Invalid name of a namespace: expected a string, got ${typeof name}`);
  }
  const encoded = encodeWithin(name, MAX_NAME_BYTES);
  return encoded === undefined ? `d${digestOf(name).slice(0, DIGEST_LENGTH)}!` : `n${encoded}!`;
}

/**
 * Returns the keys of a namespace inside those of a plugin, or of another namespace: `catalog:!n<name>!<key>`,
 * `catalog:!n<name>!n<name>!<key>`. No plain key begins like this. Throws CACHE_CONFIG when more than four namespaces with long names are
 * nested.
 */
export function toNamespaceKeys({ pluginId, keyPrefix, maxKeyBytes, rules }: PluginKeys, name: string): PluginKeys {
  const part = `${maxKeyBytes === undefined ? '!' : ''}${toNamespacePart(name)}`;
  const bytesLeft = (maxKeyBytes ?? MAX_KEY_BYTES) - part.length;
  if (bytesLeft < MIN_KEY_BYTES) {
    throw new CacheError(
      'CACHE_CONFIG',
      'Namespaces are nested too deeply: no room is left for a key; shorten the names',
    );
  }
  return { pluginId, keyPrefix: [keyPrefix, part].join(''), maxKeyBytes: bytesLeft, rules };
}
