import type { Awaitable } from '../contract/awaitable';
import { CacheError } from '../contract/cacheError';
import { startTimer } from './until';

/**
 * One call of a plugin's load, for all callers that wait for it. It is aborted when it takes too long, and when the last caller leaves,
 * unless a stale value was served instead.
 */
export class LoadRun {
  #waiters = 0;
  /** False when the call has ended, or when its result is wanted even if nobody waits. */
  #mayBeAbandoned = true;
  #isAbandoned = false;
  #reason: unknown = undefined;
  #abort: ((reason: unknown) => void) | undefined;

  /** Nobody waits any longer: the load is not called, or its result is dropped. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  enter(): void {
    this.#waiters++;
  }

  /** A caller no longer waits. `reason`: the reason of its signal, if that has fired. */
  leave(reason: unknown): void {
    if (--this.#waiters > 0 || !this.#mayBeAbandoned) return;
    this.#isAbandoned = true;
    this.#reason = reason;
    this.#abort?.(reason);
  }

  /** A stale value was served instead of the result. The result is still wanted, so the load continues without callers. */
  runOn(): void {
    this.#mayBeAbandoned = false;
  }

  /** Calls the load at once. Rejects when the load fails, is aborted or takes too long; a later result is ignored. */
  call<Result>(load: (signal: AbortSignal) => Awaitable<Result>, hardTimeoutMs: number): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#isAbandoned) return reject(this.#reason);
      const controller = new AbortController();
      const abort = (reason: unknown) => {
        end();
        reject(reason);
        controller.abort(reason);
      };
      const stopTimer = startTimer(hardTimeoutMs, () => abort(toLoadTimeout(hardTimeoutMs)));
      const end = () => {
        stopTimer();
        this.#abort = undefined;
        this.#mayBeAbandoned = false;
      };
      this.#abort = abort;
      attempt(() => load(controller.signal)).then(
        result => {
          end();
          resolve(result);
        },
        (error: unknown) => {
          end();
          reject(error);
        },
      );
    });
  }
}

/** Creates a run that is abandoned when the signal of another run fires. */
export function createInnerRun(signal: AbortSignal): LoadRun {
  const run = new LoadRun();
  run.enter();
  const abandon = () => run.leave(signal.reason);
  if (signal.aborted) abandon();
  else signal.addEventListener('abort', abandon, { once: true });
  return run;
}

async function attempt<Result>(run: () => Awaitable<Result>): Promise<Result> {
  return run();
}

function toLoadTimeout(hardTimeoutMs: number): CacheError {
  return new CacheError('CACHE_LOAD_TIMEOUT', `The load has taken longer than its hardTimeout of ${hardTimeoutMs} ms`);
}
