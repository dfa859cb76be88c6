import type { CacheManager, CacheService } from '@greenroom/cache-core';
import type { CacheFigures } from '../figures/cacheFigures';
import type { StoreHistory } from './storeHistory';

/** The cache of a backend, as it runs. */
export interface OpenedCache {
  readonly manager: CacheManager;
  /** The cache of a plugin of this backend. */
  forPlugin(pluginId: string): CacheService;
  /** Name of the store. */
  readonly store: string;
  readonly figures: CacheFigures;
  readonly history: StoreHistory;
  /** Id of this process. */
  readonly instance: string;
}
