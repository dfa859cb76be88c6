import { assertNamespacePart, readOptions, timeoutOptions } from '@greenroom/cache-core';
import type { ConfigSource, DriverPolicy, OptionTable } from '@greenroom/cache-core';

/** Options that the Redis and the Valkey store read from their `client` section. */
export interface ClientSettings extends DriverPolicy {
  /** Prefix of every key, so that applications can share a server: printable ASCII, at most 100 bytes. @defaultValue none */
  readonly namespace?: string;
  /** Text between namespace and plugin id: printable ASCII, at most 100 bytes. @defaultValue `:` */
  readonly keyPrefixSeparator?: string;
  /** Most keys that one SCAN looks at (500 at most), and one UNLINK or DEL removes (100), when keys are cleared. @defaultValue 1000 */
  readonly clearBatchSize?: number;
  /** Whether to remove keys by UNLINK, which frees memory in the background, rather than DEL. @defaultValue true */
  readonly useUnlink?: boolean;
  /** Longest time that one operation may take, in ms. @defaultValue 500 */
  readonly commandTimeoutMs?: number;
  /** Longest time to make a connection, in ms. @defaultValue 2000 */
  readonly connectTimeoutMs?: number;
}

/** Options of `<section>.client`. */
export const clientOptions = {
  namespace: {
    type: 'text',
    description: 'Stands in front of every key: printable ASCII, at most 100 bytes. Default: none.',
  },
  keyPrefixSeparator: { type: 'text', default: ':', description: 'Stands between namespace and plugin id.' },
  clearBatchSize: {
    type: 'integer',
    minimum: 1,
    default: 1000,
    description: 'Keys that one command looks at, at most 500, or removes, at most 100, when keys are cleared.',
  },
  useUnlink: {
    type: 'boolean',
    default: true,
    description: 'Whether to remove keys by `UNLINK`, which frees memory in the background, or else by `DEL`.',
  },
  ...timeoutOptions,
} as const satisfies OptionTable;

/** Reads `<section>.client`. Throws CACHE_CONFIG that names the path. */
export function readClientSettings(config: ConfigSource, section: string): ClientSettings {
  const path = `${section}.client`;
  // An unset environment variable leaves an empty text, which means none.
  const { namespace = '', keyPrefixSeparator = '', ...settings } = readOptions(config, clientOptions, path);
  if (namespace) {
    assertNamespacePart(`${config.path}.${path}.namespace`, namespace);
    if (keyPrefixSeparator) assertNamespacePart(`${config.path}.${path}.keyPrefixSeparator`, keyPrefixSeparator);
  }
  for (const key of ['useRedisSets', `${path}.noNamespaceAffectsAll`, `${path}.useRedisSets`]) {
    if (config.getOptional(key) !== undefined) config.warn(key, 'has no effect and can be removed');
  }
  return { ...settings, ...(namespace && { namespace }), ...(keyPrefixSeparator && { keyPrefixSeparator }) };
}
