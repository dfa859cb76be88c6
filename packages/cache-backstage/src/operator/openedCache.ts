import type { CacheManager } from '@greenroom/cache-core';
import type { CacheFigures } from '../figures/cacheFigures';
import type { StoreHistory } from './storeHistory';

/** The cache of a backend, as it runs. */
export interface OpenedCache {
  readonly manager: CacheManager;
  /** Name of the store. */
  readonly store: string;
  readonly figures: CacheFigures;
  readonly history: StoreHistory;
  /** Id of this process. */
  readonly instance: string;
}
