import type { PluginKeys } from './storedKey';

/** Comes after the prefix in the key of a lease. No encoded key contains `!`, and in digests and namespaces another letter follows it. */
const LEASE_START = '!l';

/**
 * The key of the lease for a stored key: `catalog:!lsome-key`. No key of a plugin can equal it. It begins with the same prefix, so that
 * rights and clears of the plugin, or of a namespace in it, also apply to its leases.
 */
export function toLeaseKey({ keyPrefix }: Pick<PluginKeys, 'keyPrefix'>, storedKey: string): string {
  return [keyPrefix, LEASE_START, storedKey.slice(keyPrefix.length)].join('');
}
