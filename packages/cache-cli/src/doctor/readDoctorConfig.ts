import { createConfigSource, isCacheError, parseDriverOptions, readCacheConfig } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { checkNear } from './checkNear';
import type { Findings } from './report/findings';

/** What the configuration says, read as the backend reads it. */
export interface DoctorConfig {
  readonly store: string;
  readonly driver: CacheDriverDefinition;
  readonly options: unknown;
  readonly hasDefaultTtl: boolean;
  readonly pluginIds: readonly string[];
}

/** Sections of `backend.cache` that belong to a store that is not used, or to Backstage's own cache. */
const OTHER_SECTIONS = ['connection', 'memory', 'memcache', 'redis', 'valkey', 'infinispan', 'useRedisSets'];

/** Reads the configuration. If it is wrong, adds the reason to the findings and returns only the store. */
export async function readDoctorConfig(
  config: unknown,
  path: string,
  loadDriver: (store: string) => Promise<CacheDriverDefinition>,
  findings: Findings,
): Promise<DoctorConfig | { readonly store: string }> {
  let store = 'unknown';
  const source = createConfigSource(config, path, message =>
    findings.add({
      ...{ id: 'config.invalid', severity: 'info', title: 'An option has no effect', detail: `${message}.` },
      fix: 'Remove it, or use what the message names.',
    }),
  );
  try {
    const config = readCacheConfig(source);
    const { store: name, defaultTtlMs, maxTtlMs, plugins = {} } = config;
    store = name;
    const driver = await loadDriver(store);
    const options = parseDriverOptions(driver, source);
    for (const { path: key, nearest } of source.unknownKeys([...OTHER_SECTIONS, store])) {
      findings.add({
        ...{ id: 'config.invalid', severity: 'warning', title: `'${key}' is unknown` },
        detail: 'The option has no effect: no store of this configuration reads it.',
        fix: nearest === undefined ? 'Remove it.' : `Did you mean '${nearest}'?`,
      });
    }
    checkNear(config, path, findings);
    const hasDefaultTtl = (defaultTtlMs ?? maxTtlMs) !== undefined;
    return { store, driver, options, hasDefaultTtl, pluginIds: Object.keys(plugins) };
  } catch (error) {
    // Only errors of Greenroom are known to contain no secret.
    if (!isCacheError(error)) throw error;
    findings.add({
      ...{ id: 'config.invalid', severity: 'error', title: 'The configuration is wrong', detail: `${error.message}.` },
      fix: 'Correct it: with it, the backend does not start.',
    });
    return { store };
  }
}
