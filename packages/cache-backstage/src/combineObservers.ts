import type { CacheObserver } from '@greenroom/cache-core';

/** One observer that passes every event to several, in their order: a cache takes only one. */
export function combineObservers(observers: readonly CacheObserver[]): CacheObserver {
  return {
    onOperation(operation) {
      for (const observer of observers) observer.onOperation?.(operation);
    },
    onStateChange(change) {
      for (const observer of observers) observer.onStateChange?.(change);
    },
    onValueSize(size) {
      for (const observer of observers) observer.onValueSize?.(size);
    },
    onReadBatch(batch) {
      for (const observer of observers) observer.onReadBatch?.(batch);
    },
    onLookup(lookup) {
      for (const observer of observers) observer.onLookup?.(lookup);
    },
    onLoad(load) {
      for (const observer of observers) observer.onLoad?.(load);
    },
    onLease(lease) {
      for (const observer of observers) observer.onLease?.(lease);
    },
    onForgottenKeys(forgotten) {
      for (const observer of observers) observer.onForgottenKeys?.(forgotten);
    },
    onDriverFault(fault) {
      for (const observer of observers) observer.onDriverFault?.(fault);
    },
  };
}
