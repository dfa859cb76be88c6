import type { CacheDriver } from '../../contract/driver';
import type { PluginPolicy } from '../../contract/pluginPolicy';
import { isPromise, toOwnPromise } from '../../guard/ownPromise';
import type { ConformanceTarget } from './conformanceTarget';
import { createHistory } from './history';
import { trackCache } from './trackDriver';
import type { TrackedCache, TrackedDriver } from './trackDriver';
import { uniqueName } from './uniqueName';
import { withManager } from './withDriver';

/** The same plugin in two processes. */
export interface NearRun {
  /** The cache with a near cache. */
  readonly cache: TrackedCache;
  /** A cache without a near cache, which writes to the same store. */
  readonly other: TrackedCache;
  /** The driver of `cache`. */
  readonly driver: TrackedDriver;
  /** The key of an entry in the store. */
  toStoredKey(key: string): string;
  /** Clears all entries of the plugin, in the process of `cache`. */
  clear(): Promise<void>;
  /** Number of reads of `cache` that were answered without asking the store. */
  hits(): number;
  /** Whether the driver answers without a promise. Then a near cache has no advantage, and the store is asked each time. */
  readonly answersAtOnce: boolean;
}

const encryptionKeys = [Buffer.alloc(32, 7).toString('base64')];

/**
 * Runs `use` with a near cache and a foreign writer. If drivers do not share a store, the writer uses the driver of the near cache, but the
 * near cache still does not see its writes.
 */
export async function withNear(
  target: ConformanceTarget,
  maxStalenessMs: number,
  use: (run: NearRun) => Promise<void>,
  policy: PluginPolicy = {},
): Promise<void> {
  const pluginId = uniqueName();
  const history = createHistory();
  const settings = { encryptionKeys, plugins: { [pluginId]: policy } };
  const { namespace = '', keyPrefixSeparator = ':' } = target.driver.policy?.(target.options) ?? {};
  const keyPrefix = `${namespace && namespace + keyPrefixSeparator}${pluginId}:`;
  const openNear: Parameters<typeof withManager>[1] = async (manager, driver) => {
    const answer = driver.get(`${keyPrefix}absent`);
    const answersAtOnce = !isPromise(toOwnPromise(answer));
    await answer;
    const writer = target.lacks?.sharedStore === undefined ? target : withSameDriver(target, driver);
    await withManager(
      writer,
      otherManager =>
        use({
          cache: trackCache(manager.forPlugin(pluginId), history),
          other: trackCache(otherManager.forPlugin(pluginId), history),
          driver,
          toStoredKey: key => keyPrefix + key,
          clear: async () => void (await manager.clear(pluginId)),
          hits: () => manager.nearFigures()?.hits ?? 0,
          answersAtOnce,
        }),
      settings,
    );
  };
  await withManager(target, openNear, { ...settings, near: { maxStaleness: maxStalenessMs } });
}

function withSameDriver(target: ConformanceTarget, driver: TrackedDriver): ConformanceTarget {
  const open: CacheDriver = { ...driver, close: async () => {} };
  return { ...target, driver: { ...target.driver, create: () => open } };
}
