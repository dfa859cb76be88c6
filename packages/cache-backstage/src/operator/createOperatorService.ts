import { CacheError } from '@greenroom/cache-core';
import type { CacheOperatorService } from './cacheOperatorService';
import type { OpenedCache } from './openedCache';
import { toPluginFigures } from './toPluginFigures';
import { toStatus } from './toStatus';

/** @param opened - The cache; throws a `CacheError` while there is none. */
export function createOperatorService(opened: () => OpenedCache): CacheOperatorService {
  return {
    status: () => toStatus(opened()),
    async plugins() {
      return [...opened().figures.plugins()].map(counts => toPluginFigures(counts));
    },
    entries: () => Promise.reject(new CacheError('CACHE_UNSUPPORTED', 'This store does not list its keys')),
    clear: () => Promise.reject(new CacheError('CACHE_UNSUPPORTED', 'This store cannot clear')),
  };
}
