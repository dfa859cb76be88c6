import type { PluginKeys } from './storedKey';

/** Begins what is left of a lease's key. No encoded key contains `!`, and neither a digest nor a namespace goes on with this letter. */
const LEASE_START = '!l';

/**
 * The key of the lease for a stored key: `catalog:!lsome-key`. No plugin can have it. It begins with the same prefix, so that rights and
 * clears that are for the plugin, or for a namespace in it, are for its leases, too.
 */
export function toLeaseKey({ keyPrefix }: Pick<PluginKeys, 'keyPrefix'>, storedKey: string): string {
  return [keyPrefix, LEASE_START, storedKey.slice(keyPrefix.length)].join('');
}
