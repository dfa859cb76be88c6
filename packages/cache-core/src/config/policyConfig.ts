import type { ConfigSource } from '../contract/configSource';
import { expectedEncryptionKey, toEncryptionKey } from '../contract/encryptionKey';
import type { PluginPolicy } from '../contract/pluginPolicy';
import type { OptionTable } from './configOption';
import { pluginNearOption, readPluginNear } from './nearConfig';
import { readOptions } from './readOptions';

const policyOptions = {
  enabled: {
    type: 'boolean',
    default: true,
    description: 'Whether the plugin has a cache. If not, every read is a miss and nothing is stored.',
  },
  defaultTtl: {
    type: 'duration',
    description: 'Life of entries that the plugin sets without a `ttl`: ms, or a duration. Default: `defaultTtl`.',
  },
  maxTtl: {
    type: 'duration',
    description: 'Longest life of an entry of the plugin: ms, or a duration. Default: `maxTtl`.',
  },
  maxValueBytes: {
    type: 'integer',
    minimum: 1,
    description: 'Largest value that is stored, in bytes of its JSON. Default: what the store takes.',
  },
  encrypt: {
    type: 'boolean',
    default: false,
    description: 'Whether the values of the plugin are encrypted, with the keys in `encryption`.',
  },
  near: pluginNearOption,
} as const satisfies OptionTable;

const keyOptions = {
  secret: { type: 'text', isSecret: true, description: '32 random bytes in base64, required.' },
} as const satisfies OptionTable;

/** Options of `backend.cache` for single plugins, and of what they need. */
export const pluginOptions = {
  plugin: {
    type: 'sections',
    description: 'Policies of plugins, by plugin id. Default: none.',
    options: policyOptions,
  },
  encryption: {
    type: 'section',
    options: {
      keys: {
        type: 'list',
        description: 'Keys for plugins with `encrypt`: the first one encrypts, all decrypt. Default: none.',
        options: keyOptions,
      },
    },
  },
} as const satisfies OptionTable;

/** What is configured for single plugins. */
export interface PolicyConfig {
  /** By plugin id; absent when there are none. Durations are in ms. */
  readonly plugins?: Readonly<Record<string, PluginPolicy>>;
  /** 32 bytes in base64 each; absent when there are none. */
  readonly encryptionKeys?: readonly string[];
}

/** Reads `plugin` and `encryption`. Throws CACHE_CONFIG, whose message names the path and shows no key. */
export function readPolicyConfig(config: ConfigSource): PolicyConfig {
  const policies = config.getOptionalSection('plugin');
  const plugins = policies?.keys().map(id => [id, readPolicy(policies, id, `${config.path}.near`)] as const) ?? [];
  const encryptionKeys = readKeys(config.getOptionalSection('encryption'));
  const [encrypted] = plugins.find(([, { encrypt }]) => encrypt) ?? [];
  if (encrypted !== undefined && encryptionKeys.length === 0) {
    const why = `since '${config.path}.plugin.${encrypted}.encrypt' is true`;
    throw config.invalid('encryption.keys', `a list with a 'secret', ${why}: ${expectedEncryptionKey}`);
  }
  if (encrypted === undefined && encryptionKeys.length > 0) {
    config.warn('encryption', "has no effect, as no plugin has 'encrypt: true'");
  }
  return {
    ...(plugins.length > 0 && { plugins: Object.fromEntries(plugins) }),
    ...(encryptionKeys.length > 0 && { encryptionKeys }),
  };
}

/** Warns when `maxTtl` makes a `defaultTtl` of the same section shorter. */
export function warnOfShortened(config: ConfigSource, defaultTtlMs = 0, maxTtlMs = Infinity): void {
  if (defaultTtlMs > maxTtlMs) config.warn('defaultTtl', `is longer than 'maxTtl' beside it, which counts`);
}

/** `nearPath`: path of the option `near` for all plugins. */
function readPolicy(policies: ConfigSource, id: string, nearPath: string): PluginPolicy {
  if (!/^[\w-]{1,64}$/.test(id)) {
    throw policies.invalid(
      id.replace(/[^\x20-\x7e]/g, '?').slice(0, 64),
      'a plugin id: 1 to 64 letters, digits, - and _',
    );
  }
  const policy = policies.getOptionalSection(id);
  if (!policy) return {};
  const { defaultTtlMs, maxTtlMs, ...values } = readOptions(policy, policyOptions);
  warnOfShortened(policy, defaultTtlMs, maxTtlMs);
  const near = readPluginNear(policy, nearPath);
  return {
    ...values,
    ...(near !== undefined && { near }),
    ...(defaultTtlMs !== undefined && { defaultTtl: defaultTtlMs }),
    ...(maxTtlMs !== undefined && { maxTtl: maxTtlMs }),
  };
}

function readKeys(encryption: ConfigSource | undefined): string[] {
  const keys = encryption?.getOptionalSections('keys') ?? [];
  return keys.map(key => {
    const { secret } = readOptions(key, keyOptions);
    if (secret === undefined || !toEncryptionKey(secret)) throw key.invalid('secret', expectedEncryptionKey);
    return secret;
  });
}
