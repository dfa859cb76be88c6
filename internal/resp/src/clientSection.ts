import { assertNamespacePart } from '@greenroom/cache-core';
import type { ConfigSource, DriverPolicy } from '@greenroom/cache-core';

/** What the Redis and the Valkey store read from their `client` section. */
export interface ClientSettings extends DriverPolicy {
  /** Put in front of every key, so that applications can share a server: printable ASCII, at most 100 bytes. @defaultValue none */
  readonly namespace?: string;
  /** Stands between namespace and plugin id. @defaultValue `:` */
  readonly keyPrefixSeparator?: string;
  /** How many keys one SCAN looks at, and one UNLINK or DEL removes at most, when keys are cleared. @defaultValue 1000 */
  readonly clearBatchSize?: number;
  /** Whether to remove keys by UNLINK, which frees memory in the background, rather than DEL. @defaultValue true */
  readonly useUnlink?: boolean;
  /** Longest time that one operation may take, in ms. @defaultValue 500 */
  readonly commandTimeoutMs?: number;
  /** Longest time that a connection may take to be made, in ms. @defaultValue 2000 */
  readonly connectTimeoutMs?: number;
}

/** Reads `<section>.client`. Throws CACHE_CONFIG that names the path. */
export function readClientSettings(config: ConfigSource, section: string): ClientSettings {
  const namespace = readNamespacePart(config, `${section}.client.namespace`);
  const separatorKey = `${section}.client.keyPrefixSeparator`;
  const settings = {
    namespace,
    // Without a namespace it stands nowhere.
    keyPrefixSeparator: namespace ? readNamespacePart(config, separatorKey) : config.getOptionalString(separatorKey),
    clearBatchSize: config.getOptionalInteger(`${section}.client.clearBatchSize`, 1),
    useUnlink: config.getOptionalBoolean(`${section}.client.useUnlink`),
    commandTimeoutMs: config.getOptionalDurationMs(`${section}.client.commandTimeout`),
    connectTimeoutMs: config.getOptionalDurationMs(`${section}.client.connectTimeout`),
  };
  for (const key of ['useRedisSets', `${section}.client.noNamespaceAffectsAll`, `${section}.client.useRedisSets`]) {
    if (config.getOptional(key) !== undefined) config.warn(key, 'has no effect and can be removed');
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function readNamespacePart(config: ConfigSource, key: string): string | undefined {
  // Empty, as an unset environment variable leaves it, means none.
  const text = config.getOptionalString(key) || undefined;
  if (text !== undefined) assertNamespacePart(`${config.path}.${key}`, text);
  return text;
}
