import type { ConfigSource } from '../contract/configSource';
import { DEFAULT_MAX_STALENESS_MS, DEFAULT_NEAR_BYTES, MIN_NEAR_BYTES } from '../contract/nearCacheOptions';
import type { NearCacheOptions, PluginNearCacheOptions } from '../contract/nearCacheOptions';
import type { OptionTable } from './configOption';
import { readOptions } from './readOptions';

const generalOptions = {
  enabled: {
    type: 'boolean',
    default: true,
    description: 'Whether plugins without a setting of their own have one.',
  },
  maxStaleness: {
    type: 'duration',
    default: DEFAULT_MAX_STALENESS_MS,
    description: 'Longest time that a read may be behind the store: ms, or a duration.',
  },
  maxBytes: {
    type: 'integer',
    minimum: MIN_NEAR_BYTES,
    default: DEFAULT_NEAR_BYTES,
    description: 'Memory in each backend process for the copies of all plugins, those of frozen reads included.',
  },
} as const satisfies OptionTable;

const ownOptions = {
  maxStaleness: {
    type: 'duration',
    description:
      'Longest time that a read of the plugin may be behind the store: ms, or a duration. Default: `near.maxStaleness`.',
  },
} as const satisfies OptionTable;

/** The option `near` of `backend.cache`. */
export const nearOption = {
  type: 'boolean',
  default: false,
  description: 'Whether reads of what was just read or set are answered in the backend process, and its options.',
  options: generalOptions,
} as const;

/** The option `near` of one plugin. */
export const pluginNearOption = {
  type: 'boolean',
  description: 'Whether the plugin has a near cache, and its options. Default: `near`.',
  options: ownOptions,
} as const;

/** Reads `near` of `backend.cache`; `undefined` when it is absent. Durations are in ms. Throws CACHE_CONFIG. */
export function readNear(config: ConfigSource): boolean | NearCacheOptions | undefined {
  if (!config.hasSection('near')) return readFlag(config);
  const { maxStalenessMs, ...values } = readOptions(toSection(config), generalOptions);
  assertEnds(config, maxStalenessMs);
  return { ...values, ...(maxStalenessMs !== undefined && { maxStaleness: maxStalenessMs }) };
}

/** Reads `near` of a plugin; `undefined` when it is absent. `all`: path of the option `near` for all plugins. Throws CACHE_CONFIG. */
export function readPluginNear(config: ConfigSource, all: string): boolean | PluginNearCacheOptions | undefined {
  if (!config.hasSection('near')) return readFlag(config);
  const section = toSection(config);
  if (section.getOptional('maxBytes') !== undefined) {
    throw section.invalid('maxBytes', `no such option, as all plugins share the memory: set '${all}.maxBytes'`);
  }
  if (section.getOptional('enabled') !== undefined) {
    throw section.invalid(
      'enabled',
      `no such option: set '${config.path}.near' to true or false, or to an object without it`,
    );
  }
  const { maxStalenessMs } = readOptions(section, ownOptions);
  assertEnds(config, maxStalenessMs);
  return maxStalenessMs === undefined ? {} : { maxStaleness: maxStalenessMs };
}

function readFlag(config: ConfigSource): boolean | undefined {
  try {
    return config.getOptionalBoolean('near');
  } catch {
    throw config.invalid('near', 'true, false, or options such as { maxStaleness: 2s }');
  }
}

function toSection(config: ConfigSource): ConfigSource {
  return config.getOptionalSection('near') as ConfigSource;
}

/** Refuses infinity, which YAML can express as `.inf`. */
function assertEnds(config: ConfigSource, maxStalenessMs: number | undefined): void {
  if (maxStalenessMs === Infinity) throw config.invalid('near.maxStaleness', 'a duration that has an end');
}
