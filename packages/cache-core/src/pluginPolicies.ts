import { CacheError } from './contract/cacheError';
import type { HumanDuration } from './contract/duration';
import { expectedEncryptionKey, toEncryptionKey } from './contract/encryptionKey';
import type { EntryCipher, EntryRules } from './contract/entryRules';
import type { NearCacheOptions } from './contract/nearCacheOptions';
import type { PluginPolicy } from './contract/pluginPolicy';
import { toMaxStalenessMs, toNearPolicy, toPluginNear } from './nearPolicy';
import type { PluginNear } from './nearPolicy';
import { createEntryCiphers } from './values/entryCipher';
import { toDefaultTtl } from './values/ttl';

/** What the host sets for all plugins, and for single plugins. */
export interface PluginPoliciesOptions {
  readonly defaultTtl?: number | HumanDuration | undefined;
  readonly maxTtl?: number | HumanDuration | undefined;
  readonly plugins?: Readonly<Record<string, PluginPolicy>> | undefined;
  readonly encryptionKeys?: readonly string[] | undefined;
  readonly near?: boolean | NearCacheOptions | undefined;
}

/** The effective policy of one plugin. */
export interface ResolvedPolicy {
  readonly isEnabled: boolean;
  readonly defaultTtlMs: number | undefined;
  readonly rules: EntryRules | undefined;
  /** Maximum staleness of its near cache; `undefined`: it has none. */
  readonly maxStalenessMs: number | undefined;
}

/** The policies of all plugins. */
export interface PluginPolicies {
  /** Returns the policy of a plugin. `keyPrefix`: the prefix of its stored keys, for its cipher. */
  readonly policyOf: (pluginId: string, keyPrefix: string) => ResolvedPolicy;
  /** Whether any plugin may have a near cache. */
  readonly hasNear: boolean;
  readonly nearMaxBytes: number | undefined;
}

/** Throws CACHE_CONFIG for an invalid policy. */
export function createPluginPolicies(options: PluginPoliciesOptions): PluginPolicies {
  const { plugins = {} } = options;
  const generalTtl = toLife('defaultTtl', options.defaultTtl);
  const generalMaxTtl = toLife('maxTtl', options.maxTtl);
  const policies = new Map(Object.entries(plugins).map(([id, policy]) => [id, toPolicy(`plugins.${id}`, policy)]));
  const cipherOf = toCiphers(options.encryptionKeys ?? []);
  for (const [id, { encrypt }] of policies) if (encrypt && !cipherOf) throw toMissingKey(id);

  const near = toNearPolicy(options.near);

  function policyOf(pluginId: string, keyPrefix: string): ResolvedPolicy {
    const policy = policies.get(pluginId);
    const { ms: defaultTtlMs } = policy?.defaultTtl ?? generalTtl ?? none;
    const { ms: maxTtlMs } = policy?.maxTtl ?? generalMaxTtl ?? none;
    const maxValueBytes = policy?.maxValueBytes;
    const cipher: EntryCipher | undefined = policy?.encrypt ? cipherOf?.(keyPrefix) : undefined;
    const hasRules = maxTtlMs !== undefined || maxValueBytes !== undefined || cipher !== undefined;
    const rules = hasRules ? { maxTtlMs, maxValueBytes, cipher } : undefined;
    return {
      isEnabled: policy?.enabled ?? true,
      defaultTtlMs,
      rules,
      maxStalenessMs: toMaxStalenessMs(near, policy?.near),
    };
  }

  return {
    policyOf,
    hasNear: near.isEnabled || [...policies.values()].some(policy => toMaxStalenessMs(near, policy.near) !== undefined),
    nearMaxBytes: near.maxBytes,
  };
}

/** A ttl that is set; `ms` is `undefined` for no expiry. */
interface Life {
  readonly ms: number | undefined;
}
const none: Life = { ms: undefined };

/** A policy after its options were read and checked. */
interface ReadPolicy {
  readonly enabled: boolean;
  readonly defaultTtl: Life | undefined;
  readonly maxTtl: Life | undefined;
  readonly maxValueBytes: number | undefined;
  readonly encrypt: boolean;
  readonly near: PluginNear | undefined;
}

const names: ReadonlySet<string> = new Set([
  'enabled',
  'defaultTtl',
  'maxTtl',
  'maxValueBytes',
  'encrypt',
  'near',
] satisfies (keyof PluginPolicy)[]);

/** @param path - Path of the policy, for error messages. */
function toPolicy(path: string, policy: PluginPolicy): ReadPolicy {
  if (typeof policy !== 'object' || policy === null) throw invalid(path, 'an object');
  // An unknown name must be refused: with a misspelled `encrypt`, values would silently stay unencrypted.
  const unknown = Object.keys(policy).find(name => !names.has(name));
  if (unknown !== undefined) throw invalid(path, `no other options than ${[...names].join(', ')}`);
  const { enabled = true, maxValueBytes, encrypt = false } = policy;
  if (typeof enabled !== 'boolean') throw invalid(`${path}.enabled`, 'true or false');
  if (typeof encrypt !== 'boolean') throw invalid(`${path}.encrypt`, 'true or false');
  if (maxValueBytes !== undefined && !(Number.isSafeInteger(maxValueBytes) && maxValueBytes >= 1)) {
    throw invalid(`${path}.maxValueBytes`, 'a whole number of at least 1');
  }
  return {
    enabled,
    encrypt,
    maxValueBytes,
    defaultTtl: toLife(`${path}.defaultTtl`, policy.defaultTtl),
    maxTtl: toLife(`${path}.maxTtl`, policy.maxTtl),
    near: toPluginNear(`${path}.near`, policy.near),
  };
}

function toLife(name: string, ttl: number | HumanDuration | undefined): Life | undefined {
  return ttl === undefined ? undefined : { ms: toDefaultTtl(ttl, name) };
}

function toCiphers(keys: readonly string[]): ((keyPrefix: string) => EntryCipher) | undefined {
  if (!Array.isArray(keys)) throw invalid('encryptionKeys', 'a list of keys');
  const bytes = keys.map((key, index) => {
    const found = toEncryptionKey(key);
    if (!found) throw invalid(`encryptionKeys[${index}]`, expectedEncryptionKey);
    return found;
  });
  return bytes.length === 0 ? undefined : createEntryCiphers(bytes);
}

function toMissingKey(pluginId: string): CacheError {
  return new CacheError(
    'CACHE_CONFIG',
    `The values of the plugin ${pluginId} are to be encrypted, but there is no key: give at least one in 'encryptionKeys'`,
  );
}

function invalid(name: string, expected: string): CacheError {
  return new CacheError('CACHE_CONFIG', `Invalid ${name}: expected ${expected}`);
}
