import { UsageError } from '../usage/usageError';
import { findAppFolder } from './findAppFolder';
import { toConfigErrorText } from './toConfigErrorText';

/** Where the configuration of the cache stands. */
export const CONFIG_PATH = 'backend.cache';

/** The configuration of the cache, as the backend has it. */
export interface LoadedConfig {
  /** What stands at {@link CONFIG_PATH}; `undefined` when nothing does. */
  readonly value: unknown;
  /** Root of the app. */
  readonly appFolder: string;
}

/** Which configuration to load. */
export interface ConfigRequest {
  /** Files; none for those that the backend reads by default. */
  readonly files: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Loads the configuration by Backstage's own loader, variables of the environment included. Throws a {@link UsageError}. */
export async function loadCacheConfig({ files, cwd, env }: ConfigRequest): Promise<LoadedConfig> {
  const appFolder = findAppFolder(cwd);
  // Takes a fifth of a second, which help and wrong usage need not wait for.
  const { ConfigSources, StaticConfigSource } = await import('@backstage/config-loader');
  try {
    const source = ConfigSources.default({
      argv: files.flatMap(file => ['--config', file]),
      env: { ...env },
      rootDir: appFolder,
      watch: false,
      substitutionFunc: async name => env[name]?.trim(),
    });
    // The loader takes no configuration without any content.
    const config = await ConfigSources.toConfig(ConfigSources.merge([StaticConfigSource.create({ data: {} }), source]));
    config.close();
    return { value: config.getOptional(CONFIG_PATH), appFolder };
  } catch (error) {
    throw new UsageError(toConfigErrorText(error, files));
  }
}
