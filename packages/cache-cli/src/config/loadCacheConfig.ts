import { UsageError } from '../usage/usageError';
import { findAppFolder } from './findAppFolder';
import { toConfigErrorText } from './toConfigErrorText';

/** Path of the cache's configuration. */
export const CONFIG_PATH = 'backend.cache';

/** The configuration of the cache, as the backend has it. */
export interface LoadedConfig {
  /** The value at {@link CONFIG_PATH}; `undefined` when there is none. */
  readonly value: unknown;
  /** Root of the app. */
  readonly appFolder: string;
}

/** Which configuration to load. */
export interface ConfigRequest {
  /** Configuration files; when empty, those that the backend reads by default. */
  readonly files: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Loads the configuration with Backstage's own loader, including environment variables. Throws a {@link UsageError}. */
export async function loadCacheConfig({ files, cwd, env }: ConfigRequest): Promise<LoadedConfig> {
  const appFolder = findAppFolder(cwd);
  // The import takes a fifth of a second, so it is avoided for help and wrong usage.
  const { ConfigSources, StaticConfigSource } = await import('@backstage/config-loader');
  try {
    const source = ConfigSources.default({
      argv: files.flatMap(file => ['--config', file]),
      env: { ...env },
      rootDir: appFolder,
      watch: false,
      substitutionFunc: async name => env[name]?.trim(),
    });
    // The loader rejects a configuration without any content, so an empty object is added.
    const config = await ConfigSources.toConfig(ConfigSources.merge([StaticConfigSource.create({ data: {} }), source]));
    config.close();
    return { value: config.getOptional(CONFIG_PATH), appFolder };
  } catch (error) {
    throw new UsageError(toConfigErrorText(error, files));
  }
}
