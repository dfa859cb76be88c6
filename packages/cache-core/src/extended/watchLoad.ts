import { isCacheError } from '../contract/cacheError';
import type { CacheLoad } from '../contract/observer';
import type { Flight } from './flight';
import type { LoadRun } from './loadRun';
import type { LookupEvents } from './lookupEvents';

/** Calls a load, and reports when it has ended. Returns its result. */
export function watchLoad<Result>(
  { loaded }: LookupEvents,
  run: LoadRun,
  flying: readonly { readonly flight: Flight }[],
  isRefresh: boolean,
  call: () => Promise<Result>,
): Promise<Result> {
  // An abandoned load is never called, so there is nothing to report.
  if (!loaded || run.isAbandoned) return call();
  const startedAtMs = performance.now();
  const end = (ended: Pick<CacheLoad, 'result' | 'error'>) =>
    loaded({ keys: flying.length, isRefresh, durationMs: performance.now() - startedAtMs, ...ended });
  const result = call();
  result.then(
    () => end({ result: flying.every(({ flight }) => flight.isDetached) ? 'detached' : 'ok' }),
    (error: unknown) => end({ result: toFailure(run, error), error }),
  );
  return result;
}

function toFailure(run: LoadRun, error: unknown): CacheLoad['result'] {
  if (run.isAbandoned) return 'aborted';
  return isCacheError(error, 'CACHE_LOAD_TIMEOUT') ? 'timeout' : 'error';
}
