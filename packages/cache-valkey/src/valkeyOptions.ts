import { assertNamespacePart } from '@greenroom/cache-core';
import type { ConfigSource } from '@greenroom/cache-core';
import { readClientSettings, readTopology } from '@greenroom/resp';
import type { ClientSettings, Topology } from '@greenroom/resp';

/** Options of the Valkey store, in the configuration under `backend.cache`. */
export interface ValkeyOptions extends ClientSettings {
  /** Where the servers are: `connection`, `valkey.cluster` or `valkey.sentinel`. */
  readonly topology: Topology;
}

/**
 * Reads `connection` and `valkey`, or `redis` when there is no section `valkey`: Backstage documents one section for both
 * stores. Throws CACHE_CONFIG that names the path and never shows a secret.
 */
export function parseValkeyOptions(config: ConfigSource): ValkeyOptions {
  const section = config.getOptionalSection('valkey') ? 'valkey' : 'redis';
  return {
    topology: readTopology(config, section, 'valkey'),
    ...readClientSettings(config, section),
    ...readKeyPrefix(config),
  };
}

/** `keyPrefix` is namespace and separator in one. Backstage reads it below `client`, and documents it without. */
function readKeyPrefix(config: ConfigSource): ClientSettings {
  const paths = ['valkey.client.keyPrefix', 'valkey.keyPrefix'].filter(path => config.getOptionalString(path));
  const [path] = paths;
  if (path === undefined) return {};
  const prefix = config.getOptionalString(path) ?? '';
  if (paths.some(other => config.getOptionalString(other) !== prefix)) {
    throw config.invalid('valkey.keyPrefix', "the same as 'client.keyPrefix', or nothing");
  }
  for (const other of ['namespace', 'keyPrefixSeparator']) {
    if (config.getOptionalString(`valkey.client.${other}`)) {
      throw config.invalid(path, `either 'keyPrefix' or '${other}', not both: a prefix holds its separator`);
    }
  }
  assertNamespacePart(`${config.path}.${path}`, prefix);
  return { namespace: prefix, keyPrefixSeparator: '' };
}
