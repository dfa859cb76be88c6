import type { Awaitable } from '../contract/awaitable';
import type { CacheError } from '../contract/cacheError';
import { createDeadlines, Waiting } from './deadlines';
import { isPromise } from './ownPromise';

/** Settles as the promise does, or rejects with CACHE_TIMEOUT when that takes too long. */
export type Race = <T>(answer: Awaitable<T>) => Promise<T>;

/** {@link createDeadlines} for calls that are not operations of a plugin: probes, removals, clears, close. */
export function createRace(timeoutMs: number): Race {
  class Racing extends Waiting {
    constructor(readonly reject: (error: CacheError) => void) {
      super();
    }
  }
  const deadlines = createDeadlines<Racing>(timeoutMs, ({ reject }, error) => reject(error));
  return async answer => {
    if (!isPromise(answer)) return answer;
    return new Promise((resolve, reject) => {
      const racing = new Racing(reject);
      deadlines.add(racing, performance.now());
      void answer.then(resolve, reject).finally(() => deadlines.remove(racing));
    });
  };
}
