import type { Awaitable } from '../contract/awaitable';
import type { CacheError } from '../contract/cacheError';
import type { CacheObserver, DriverFault } from '../contract/observer';
import type { CircuitBreaker } from './circuitBreaker';
import { toDriverError } from './driverError';
import { attempt } from './ownPromise';
import { createRace } from './race';
import type { SendWindow } from './sendWindow';

/** Driver calls that are not operations of a plugin: removals, leases, polls, and questions that the driver answers synchronously. */
export interface DriverCalls {
  /** Sends a call to the store, in bounded time. Rejects with a `CacheError`. */
  send<Answer>(method: SentMethod, call: () => Awaitable<Answer>): Promise<Answer>;
  /** Like `send`, but reports a fault and resolves with `undefined` then. */
  ask<Answer>(
    method: SentMethod,
    call: () => Awaitable<Answer>,
    pluginId?: string,
  ): Promise<{ readonly answer: Answer } | undefined>;
  /** Makes a call that the driver answers synchronously. Reports a fault and returns `undefined` then. */
  tell<Answer>(method: DriverFault['method'], call: () => Answer): Answer | undefined;
  /** Tells the observer about a fault, unless the observer already knows that the store is away, or the cache is closed. */
  report(method: DriverFault['method'], error: CacheError, pluginId?: string): void;
}

type SentMethod = 'add' | 'get' | 'delete';

/** What {@link createDriverCalls} needs. */
export interface DriverCallsOptions {
  readonly store: string;
  readonly observer: CacheObserver;
  readonly breaker: CircuitBreaker;
  readonly window: SendWindow;
  readonly commandTimeoutMs: number;
  readonly isClosed: () => boolean;
}

export function createDriverCalls(options: DriverCallsOptions): DriverCalls {
  const { store, observer, breaker, window, commandTimeoutMs, isClosed } = options;
  const race = createRace(commandTimeoutMs);

  async function send<Answer>(method: SentMethod, call: () => Awaitable<Answer>): Promise<Answer> {
    const startedAtMs = performance.now();
    window.enter(0);
    try {
      const answer = await race(attempt(call));
      breaker.answered(performance.now());
      return answer;
    } catch (cause) {
      const error = toDriverError(store, `rejected ${method}`, cause);
      breaker.failed(error, startedAtMs);
      throw error;
    } finally {
      window.leave(0);
    }
  }

  function observe(method: DriverFault['method'], error: CacheError, pluginId?: string): void {
    observer.onDriverFault?.({ store, method, error, ...(pluginId !== undefined && { pluginId }) });
  }

  function report(method: DriverFault['method'], error: CacheError, pluginId?: string): void {
    if (breaker.allowsReads && !isClosed()) observe(method, error, pluginId);
  }

  return {
    send,
    async ask(method, call, pluginId) {
      try {
        return { answer: await send(method, call) };
      } catch (error) {
        report(method, error as CacheError, pluginId);
        return undefined;
      }
    },
    tell(method, call) {
      try {
        return call();
      } catch (error) {
        observe(method, toDriverError(store, `failed in ${method}`, error));
        return undefined;
      }
    },
    report,
  };
}
