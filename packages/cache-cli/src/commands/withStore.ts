import { findSecrets } from '../config/findSecrets';
import { loadCacheConfig } from '../config/loadCacheConfig';
import type { LoadedConfig } from '../config/loadCacheConfig';
import { openStore } from '../sources/openStore';
import type { OpenStore } from '../sources/openStore';
import type { CommandContext } from './commandContext';

/** Loads the configuration, and makes sure that none of its secrets is printed. */
export async function loadConfig({ values, cwd, env, redactor }: CommandContext): Promise<LoadedConfig> {
  const config = await loadCacheConfig({ files: values.config, cwd, env });
  for (const secret of findSecrets(config.value)) redactor.add(secret);
  return config;
}

/** Opens the configured store, and closes it after `use`. */
export async function withStore<Result>(
  context: CommandContext,
  use: (store: OpenStore) => Promise<Result>,
): Promise<Result> {
  const { values, cwd, signal } = context;
  const store = openStore(await loadConfig(context), { cwd, packageName: values['driver-package'] });
  try {
    await store.waitUntilUsable(signal);
    return await use(store);
  } finally {
    await store.manager.close();
  }
}
