import { assertNamespacePart } from '@greenroom/cache-core';
import type { ConfigOption, ConfigSource, DriverSchema } from '@greenroom/cache-core';
import {
  clientOptions,
  readClientSettings,
  readTopology,
  serverOptions,
  topologyOptions,
} from '@greenroom/redis-common';
import type { ClientSettings, Topology } from '@greenroom/redis-common';

/** Options of the Valkey store, in the configuration under `backend.cache`. */
export interface ValkeyOptions extends ClientSettings {
  /** The servers: `connection`, `valkey.cluster` or `valkey.sentinel`. */
  readonly topology: Topology;
}

const keyPrefix: ConfigOption = {
  type: 'text',
  description: 'Namespace and separator in one, such as `my-app:`; not together with them. Default: none.',
};

/** What the Valkey store reads from `backend.cache`. */
export const valkeySchema: DriverSchema = {
  store: 'valkey',
  options: {
    client: { type: 'section', options: { ...clientOptions, keyPrefix } },
    keyPrefix: { type: 'text', description: 'Means `client.keyPrefix`. Default: none.' },
    ...topologyOptions,
  },
  builtIn: {
    connection: {
      type: 'text',
      isSecret: true,
      description:
        'Address of the server, required: `[valkey[s]://][user:password@]host[:port][/database]`, `redis[s]://` in its ' +
        'place, or `unix:/path`, or an object with `url`.',
    },
    connectionObject: serverOptions,
    // Read when there is no section `valkey`.
    otherSections: {
      redis: { type: 'section', options: { client: { type: 'section', options: clientOptions }, ...topologyOptions } },
    },
  },
};

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

/** `keyPrefix` is namespace and separator in one. Backstage reads it from the section `client`, but documents it without that section. */
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
