import { assertNamespacePart, readConnection } from '@greenroom/cache-core';
import type { ConfigSource } from '@greenroom/cache-core';

/** Options of the Redis store, in the configuration under `backend.cache`. */
export interface RedisOptions {
  /** `redis[s]://[user:password@]host[:port][/database]`, in the configuration `connection`. */
  readonly url: string;
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

const EXAMPLE = 'redis://localhost:6379';

/** Reads `connection` and `redis.client.*`. Throws CACHE_CONFIG that names the path and never shows the URL. */
export function parseRedisOptions(config: ConfigSource): RedisOptions {
  const url = readConnection(config, 'redis', EXAMPLE);
  if (!isRedisUrl(url)) {
    throw config.invalid(
      'connection',
      `a URL of the form redis[s]://[user:password@]host[:port][/database], such as ${EXAMPLE}`,
    );
  }
  // An empty namespace, as an unset environment variable leaves it, means none.
  const namespace = config.getOptionalString('redis.client.namespace') || undefined;
  const keyPrefixSeparator = config.getOptionalString('redis.client.keyPrefixSeparator') || undefined;
  if (namespace) assertNamespacePart(`${config.path}.redis.client.namespace`, namespace);
  if (keyPrefixSeparator) assertNamespacePart(`${config.path}.redis.client.keyPrefixSeparator`, keyPrefixSeparator);
  const options = {
    url,
    namespace,
    keyPrefixSeparator,
    clearBatchSize: config.getOptionalInteger('redis.client.clearBatchSize', 1),
    useUnlink: config.getOptionalBoolean('redis.client.useUnlink'),
    commandTimeoutMs: config.getOptionalDurationMs('redis.client.commandTimeout'),
    connectTimeoutMs: config.getOptionalDurationMs('redis.client.connectTimeout'),
  };
  warnOfOptionsWithoutEffect(config);
  return withoutUndefined(options);
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, username, password } = new URL(text);
  return (
    ['redis:', 'rediss:'].includes(protocol) &&
    hostname !== '' &&
    /^(?:\/\d*)?$/.test(pathname) &&
    isPercentEncoded(username) &&
    isPercentEncoded(password)
  );
}

/** Whether every `%` is part of an escape, as the client requires, which names the password in its own error. */
function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function warnOfOptionsWithoutEffect(config: ConfigSource): void {
  for (const key of ['useRedisSets', 'redis.client.noNamespaceAffectsAll', 'redis.client.useRedisSets']) {
    if (config.getOptional(key) !== undefined) config.warn(key, 'has no effect and can be removed');
  }
}

function withoutUndefined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
