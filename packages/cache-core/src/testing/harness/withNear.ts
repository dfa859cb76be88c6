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
  /** Has a near cache. */
  readonly cache: TrackedCache;
  /** Has none, and writes to the same store. */
  readonly other: TrackedCache;
  /** The driver of `cache`. */
  readonly driver: TrackedDriver;
  /** Where the entry of a key is in the store. */
  toStoredKey(key: string): string;
  /** Has the process of `cache` clear all entries of the plugin. */
  clear(): Promise<void>;
  /** Reads of `cache` that were answered without asking the store. */
  hits(): number;
  /** The driver answers without a promise, so that there is nothing to gain: the store is asked each time. */
  readonly answersAtOnce: boolean;
}

const encryptionKeys = [Buffer.alloc(32, 7).toString('base64')];

/**
 * Runs `use` with a near cache and a foreign writer. Where a store is not shared between drivers, the writer has the driver of the near
 * cache, of whose writes that one knows nothing all the same.
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
