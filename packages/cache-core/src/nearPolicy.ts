import { CacheError } from './contract/cacheError';
import { DurationError, durationObjectToMs } from './contract/duration';
import type { HumanDuration } from './contract/duration';
import { DEFAULT_MAX_STALENESS_MS, MIN_NEAR_BYTES } from './contract/nearCacheOptions';
import type { NearCacheOptions, PluginNearCacheOptions } from './contract/nearCacheOptions';

/** The near cache of plugins that have no `near` setting of their own. */
export interface NearPolicy {
  readonly isEnabled: boolean;
  readonly maxStalenessMs: number;
  readonly maxBytes: number | undefined;
}

/** Reads `near` of the manager. Throws CACHE_CONFIG. */
export function toNearPolicy(near: boolean | NearCacheOptions = false): NearPolicy {
  if (typeof near === 'boolean') {
    return { isEnabled: near, maxStalenessMs: DEFAULT_MAX_STALENESS_MS, maxBytes: undefined };
  }
  assertOptions('near', near, ['enabled', 'maxStaleness', 'maxBytes'] satisfies (keyof NearCacheOptions)[]);
  const { enabled = true, maxStaleness, maxBytes } = near;
  if (typeof enabled !== 'boolean') throw invalid('near.enabled', 'true or false');
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes >= MIN_NEAR_BYTES)) {
    throw invalid('near.maxBytes', `a whole number of at least ${MIN_NEAR_BYTES}`);
  }
  const maxStalenessMs = toStalenessMs('near.maxStaleness', maxStaleness) ?? DEFAULT_MAX_STALENESS_MS;
  return { isEnabled: enabled, maxStalenessMs, maxBytes };
}

/** The `near` setting of a plugin: whether it has a near cache, or its maximum staleness in ms. */
export type PluginNear = boolean | number;

/** Reads `near` of a plugin; `undefined` when it is not set. `path`: its path, for error messages. Throws CACHE_CONFIG. */
export function toPluginNear(path: string, near: boolean | PluginNearCacheOptions | undefined): PluginNear | undefined {
  if (near === undefined || typeof near === 'boolean') return near;
  if (typeof near === 'object' && near !== null && 'maxBytes' in near) {
    throw invalid(
      `${path}.maxBytes`,
      `none: 'maxBytes' is for all plugins together, and belongs in 'near' of the manager`,
    );
  }
  assertOptions(path, near, ['maxStaleness'] satisfies (keyof PluginNearCacheOptions)[]);
  return toStalenessMs(`${path}.maxStaleness`, near.maxStaleness) ?? true;
}

/** Maximum staleness of a plugin in ms; `undefined`: it has no near cache. */
export function toMaxStalenessMs(policy: NearPolicy, plugin: PluginNear | undefined): number | undefined {
  const near = plugin ?? policy.isEnabled;
  if (typeof near === 'number') return near;
  return near ? policy.maxStalenessMs : undefined;
}

function assertOptions(path: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalid(path, 'true, false or an object');
  const isKnown = Object.keys(options).every(name => names.includes(name));
  if (!isKnown) throw invalid(path, `no other options than ${names.join(', ')}`);
}

function toStalenessMs(name: string, maxStaleness: number | HumanDuration | undefined): number | undefined {
  if (maxStaleness === undefined) return undefined;
  let ms: number;
  try {
    ms = typeof maxStaleness === 'number' ? maxStaleness : durationObjectToMs(maxStaleness);
  } catch (error) {
    throw error instanceof DurationError ? new CacheError('CACHE_CONFIG', `Invalid ${name}: ${error.message}`) : error;
  }
  if (ms > 0 && Number.isFinite(ms)) return ms;
  throw invalid(name, 'a duration above 0 ms that has an end');
}

function invalid(name: string, expected: string): CacheError {
  return new CacheError('CACHE_CONFIG', `Invalid ${name}: expected ${expected}`);
}
