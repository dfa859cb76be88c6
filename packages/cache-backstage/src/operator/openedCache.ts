import type { CacheManager, CacheService } from '@greenroom/cache-core';
import type { BackendNear } from '../figures/backendNear';
import type { CacheFigures } from '../figures/cacheFigures';
import type { StoreHistory } from './storeHistory';

/** The cache of a backend, after it has been opened. */
export interface OpenedCache {
  readonly manager: CacheManager;
  /** The cache of a plugin of this backend. */
  forPlugin(pluginId: string): CacheService;
  /** The plugins that have been given their caches. */
  readonly pluginIds: ReadonlySet<string>;
  /** Name of the store. */
  readonly store: string;
  readonly figures: CacheFigures;
  readonly near: BackendNear;
  readonly history: StoreHistory;
  /** Id of this process. */
  readonly instance: string;
}
