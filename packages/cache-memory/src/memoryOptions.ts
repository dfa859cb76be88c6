import { readOptions } from '@greenroom/cache-core';
import type { ConfigSource, DriverSchema, OptionTable } from '@greenroom/cache-core';

/** Options of the memory store, in the configuration under `backend.cache.memory`. */
export interface MemoryOptions {
  /**
   * Most bytes that all entries may take: one for each character of key and value, or two where a value has a character
   * beyond Latin-1, and 200 more for each entry. The least recently used entries go first.
   *
   * @defaultValue 67,108,864 (64 MiB)
   */
  readonly maxBytes?: number;
  /**
   * Most entries. The least recently used go first.
   *
   * @defaultValue 50,000
   */
  readonly maxEntries?: number;
}

/** Options of `backend.cache.memory`. */
export const memoryOptions = {
  maxBytes: {
    type: 'integer',
    minimum: 1,
    default: 64 * 1024 * 1024,
    description: 'Most bytes of all entries, as V8 keeps them: one or two for each character, 200 for each entry.',
  },
  maxEntries: {
    type: 'integer',
    minimum: 1,
    default: 50_000,
    description: 'Most entries; the least recently used go first.',
  },
} as const satisfies OptionTable;

/** What the memory store reads from `backend.cache`. */
export const memorySchema: DriverSchema = { store: 'memory', options: memoryOptions, builtIn: {} };

/** Reads `memory`. Throws CACHE_CONFIG that names the path. */
export function parseMemoryOptions(config: ConfigSource): MemoryOptions {
  const options = readOptions(config, memoryOptions, 'memory');
  // All keys are read, so that none is reported as unknown.
  const [namespaceKey] = ['namespace', 'keyPrefixSeparator']
    .map(name => `memory.client.${name}`)
    .filter(key => config.getOptional(key) !== undefined);
  if (namespaceKey) {
    config.warn(namespaceKey, 'has no effect: no other application can see the memory of this one');
  }
  if (config.getOptional('useRedisSets') !== undefined) {
    config.warn('useRedisSets', 'has no effect and can be removed');
  }
  return options;
}
