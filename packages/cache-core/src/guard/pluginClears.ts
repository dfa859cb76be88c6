import { CacheError, isCacheError } from '../contract/cacheError';
import type { ClearedEntries, ClearOptions } from '../contract/storedEntry';
import type { PluginKeys } from '../keys/storedKey';
import type { CircuitBreaker } from './circuitBreaker';
import type { Clears } from './clears';
import { toDriverError } from './driverError';
import { createRace } from './race';

/** How long a caller waits for a clear, which scans the whole store. */
const CLEAR_TIMEOUT_MS = 30_000;
/** Error codes of a server that does not allow what a clear needs. */
const refusals = new Set(['CACHE_AUTH', 'CACHE_REFUSED']);

/** The clears that plugins and operators wait for. {@link Clears} has what they remove, and tries failed removals again. */
export interface PluginClears {
  /** As `clear` of DriverGuard. */
  clear(plugin: PluginKeys): Promise<void>;
  /** As `clearNow` of OperatorGuard. */
  clearNow(plugin: PluginKeys, timeoutMs?: number): Promise<ClearedEntries>;
}

/** What {@link createPluginClears} needs. */
export interface PluginClearsOptions {
  readonly store: string;
  readonly clears: Clears;
  readonly breaker: CircuitBreaker;
  readonly canClear: () => boolean;
  readonly isClosed: () => boolean;
  /** Called when a clear has begun: the operations that wait to be sent were issued before it. */
  readonly begun: (plugin: PluginKeys) => void;
  /** Called when entries are left, which a later removal has to find. */
  readonly left: () => void;
  /** Called when a clear has failed and its caller is not told. */
  readonly failed: (error: CacheError, plugin: PluginKeys) => void;
}

export function createPluginClears(options: PluginClearsOptions): PluginClears {
  const { store, clears, breaker, canClear, isClosed, begun, left, failed } = options;
  const raceOfPlugins = createRace(CLEAR_TIMEOUT_MS);

  function assertClears(): void {
    if (canClear()) return;
    throw new CacheError('CACHE_UNSUPPORTED', `The store '${store}' cannot clear: it does not list its keys`);
  }

  function begin(plugin: PluginKeys): void {
    if (!clears.begin(plugin)) {
      throw new CacheError('CACHE_OVERLOADED', `Too many clears wait for the store '${store}'`);
    }
    begun(plugin);
  }

  async function waitFor<Result>(removing: Promise<Result>, timeoutMs: number): Promise<Result> {
    const race = timeoutMs === CLEAR_TIMEOUT_MS ? raceOfPlugins : createRace(timeoutMs);
    try {
      return await race(removing);
    } catch (error) {
      if (!isCacheError(error, 'CACHE_TIMEOUT')) throw error;
      const what = `The store '${store}' has not removed all entries within ${timeoutMs / 1000} s`;
      throw new CacheError('CACHE_TIMEOUT', `${what}; the removal goes on, and this process does not read them`);
    }
  }

  async function remove(plugin: PluginKeys, removal?: ClearOptions): Promise<ClearedEntries> {
    const cleared = await clears.remove(plugin, removal);
    if (cleared.unreached) left();
    return cleared;
  }

  /** Whether a clear that has failed is tried again. False when the store refuses to clear: the clear is given up then. */
  function goesOn(plugin: PluginKeys, { code }: CacheError): boolean {
    if (refusals.has(code) && breaker.allowsWrites && clears.abandon(plugin)) return false;
    left();
    return true;
  }

  /** Rejects only when the store refuses to clear. After any other fault the removal is tried again later. */
  async function removeInTheEnd(plugin: PluginKeys): Promise<void> {
    try {
      if (!breaker.allowsWrites) throw new CacheError('CACHE_UNAVAILABLE', `The store '${store}' is away`);
      await remove(plugin);
    } catch (cause) {
      if (isClosed()) return;
      const error = toDriverError(store, 'rejected clear', cause);
      if (!goesOn(plugin, error)) throw error;
      failed(error, plugin);
    }
  }

  /** Rejects with every fault. */
  async function removeOrFail(plugin: PluginKeys): Promise<ClearedEntries> {
    try {
      return await remove(plugin, { allowsUnreached: true });
    } catch (cause) {
      const error = toDriverError(store, 'rejected clear', cause);
      goesOn(plugin, error);
      throw error;
    }
  }

  return {
    async clear(plugin) {
      assertClears();
      if (isClosed()) return;
      begin(plugin);
      await waitFor(removeInTheEnd(plugin), CLEAR_TIMEOUT_MS);
    },

    async clearNow(plugin, timeoutMs = CLEAR_TIMEOUT_MS) {
      assertClears();
      if (isClosed()) throw new CacheError('CACHE_CLOSED', `The store '${store}' is closed`);
      if (!breaker.allowsReads) throw new CacheError('CACHE_UNAVAILABLE', `The store '${store}' is away`);
      if (!breaker.allowsWrites) throw new CacheError('CACHE_READ_ONLY', `The store '${store}' takes no writes`);
      begin(plugin);
      return waitFor(removeOrFail(plugin), timeoutMs);
    },
  };
}
