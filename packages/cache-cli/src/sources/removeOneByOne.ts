import type { ClearedEntries } from '@greenroom/cache-core';
import type { OpenStore } from './openStore';

/** Number of removals that run at the same time. */
const BATCH = 100;

/** How to remove. */
export interface RemoveOptions {
  readonly signal: AbortSignal;
  progress(entries: number): void;
}

/**
 * Removes the entries of a plugin that the store lists, key by key. This is for a store that cannot clear, such as Memcached. Entries that
 * it does not list stay. Rejects when the store cannot list either.
 */
export async function removeOneByOne(
  store: OpenStore,
  plugin: string,
  options: RemoveOptions,
): Promise<ClearedEntries> {
  const { signal } = options;
  const keys = new Set<string>();
  const unreached = new Set<string>();
  for await (const page of store.manager.entries(plugin, { signal })) {
    for (const { key } of page.entries) keys.add(key);
    page.unreached?.forEach(server => unreached.add(server));
  }
  const driver = store.createDriver();
  let removed = 0;
  try {
    for (const batch of toBatches([...keys])) {
      signal.throwIfAborted();
      await Promise.all(batch.map(async key => driver.delete(key)));
      removed += batch.length;
      options.progress(removed);
    }
  } finally {
    await driver.close();
  }
  return { entries: removed, ...(unreached.size > 0 && { unreached: [...unreached] }) };
}

function toBatches(keys: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, index) =>
    keys.slice(index * BATCH, (index + 1) * BATCH),
  );
}
