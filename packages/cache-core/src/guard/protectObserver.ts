import type { CacheObserver } from '../contract/observer';
import { describeKind } from './driverError';
import { isPromise, toOwnPromise } from './ownPromise';

/**
 * Keeps faults of the observer away from plugins. The first error that it throws becomes a process warning, later ones are ignored.
 * Methods that the observer lacks stay absent.
 */
export function protectObserver(observer: CacheObserver): CacheObserver {
  let hasWarned = false;
  const warn = (error: unknown) => {
    if (hasWarned) return;
    hasWarned = true;
    const reason = toReason(error);
    process.emitWarning(`The observer of the cache has thrown; this and its later faults are ignored: ${reason}`, {
      type: 'CacheObserverWarning',
    });
  };
  const protect = <Seen>(listen: ((seen: Seen) => void) | undefined) => {
    if (!listen) return undefined;
    return (seen: Seen) => {
      try {
        const result = toOwnPromise<unknown>(listen(seen));
        if (isPromise(result)) result.then(undefined, warn);
      } catch (error) {
        warn(error);
      }
    };
  };
  const onOperation = protect(observer.onOperation?.bind(observer));
  const onSetWithoutTtl = protect(observer.onSetWithoutTtl?.bind(observer));
  const onStateChange = protect(observer.onStateChange?.bind(observer));
  const onValueSize = protect(observer.onValueSize?.bind(observer));
  const onReadBatch = protect(observer.onReadBatch?.bind(observer));
  const onLookup = protect(observer.onLookup?.bind(observer));
  const onLoad = protect(observer.onLoad?.bind(observer));
  const onLease = protect(observer.onLease?.bind(observer));
  const onForgottenKeys = protect(observer.onForgottenKeys?.bind(observer));
  const onDriverFault = protect(observer.onDriverFault?.bind(observer));
  return {
    ...(onOperation && { onOperation }),
    ...(onSetWithoutTtl && { onSetWithoutTtl }),
    ...(onStateChange && { onStateChange }),
    ...(onValueSize && { onValueSize }),
    ...(onReadBatch && { onReadBatch }),
    ...(onLookup && { onLookup }),
    ...(onLoad && { onLoad }),
    ...(onLease && { onLease }),
    ...(onForgottenKeys && { onForgottenKeys }),
    ...(onDriverFault && { onDriverFault }),
  };
}

function toReason(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } catch {
    return describeKind(error);
  }
}
