import type { CacheService } from './contract/cacheService';
import type { CacheDriverDefinition } from './contract/driver';
import type { HumanDuration } from './contract/duration';
import type { NearCacheOptions } from './contract/nearCacheOptions';
import type { CacheObserver } from './contract/observer';
import type { PluginPolicy } from './contract/pluginPolicy';
import type { ClearedEntries, EntryFigures, EntryPage } from './contract/storedEntry';
import { describeKey } from './keys/describeKey';
import type { DescribedKey } from './keys/describeKey';
import { createKeyCache } from './keys/keyCache';
import { toCommonPrefix, toKeyPrefix } from './keys/storedKey';
import { createNearCache } from './near/nearCache';
import type { NearFigures } from './near/nearCache';
import { createNearCopies } from './near/nearCopies';
import { assertDriverDefinition, assertNoPromise, createDriver, readPolicy } from './guard/driverDefinition';
import { createDisabledGuard } from './guard/disabledGuard';
import { createDriverGuard } from './guard/driverGuard';
import { clearNear, createNearGuard } from './guard/nearGuard';
import { protectObserver } from './guard/protectObserver';
import { createFlights } from './extended/flights';
import { createLookupEvents } from './extended/lookupEvents';
import type { PluginCaches } from './extended/pluginStore';
import { createShield } from './extended/shield';
import { createPluginCache } from './pluginCache';
import { createPluginPolicies } from './pluginPolicies';
import type { ResolvedPolicy } from './pluginPolicies';
import { listEntries } from './listEntries';
import type { EntriesOptions } from './listEntries';

/** Options of {@link createCacheManager}. */
export interface CacheManagerOptions<DriverOptions> {
  /** The driver of the store, as a driver package exports it. */
  readonly driver: CacheDriverDefinition<DriverOptions>;
  /** The options of the driver: what its `parseOptions` returns. */
  readonly driverOptions: DriverOptions;
  /**
   * Life of entries that are set without a ttl: ms above 0, or a duration object.
   *
   * @defaultValue no expiry
   */
  readonly defaultTtl?: number | HumanDuration;
  /**
   * Longest life of an entry, stale life included: ms above 0, or a duration object. A longer one, or none, becomes this one.
   *
   * @defaultValue none
   */
  readonly maxTtl?: number | HumanDuration;
  /** Policies of single plugins, by plugin id. @defaultValue none */
  readonly plugins?: Readonly<Record<string, PluginPolicy>>;
  /**
   * Keys for plugins with `encrypt`, 32 random bytes in base64 each. The first one encrypts, all decrypt.
   *
   * @defaultValue none
   */
  readonly encryptionKeys?: readonly string[];
  /**
   * Near cache of all plugins: it answers a read from this process, without asking the store, when the store was asked for the key a
   * moment ago. A read returns what the store had at some moment within the last `maxStaleness`. Has no effect on a store in the process.
   *
   * @defaultValue false
   */
  readonly near?: boolean | NearCacheOptions;
  /** Receives operations and state changes. What it throws is ignored, except that the first error becomes a process warning. */
  readonly observer?: CacheObserver;
}

/** The cache of one process: one store, any number of plugins. */
export interface CacheManager {
  /** The cache of one plugin. Throws CACHE_CONFIG for an id that cannot be part of a key. */
  forPlugin(pluginId: string): CacheService;

  /** Prefix of every plugin id in the keys of the store; `undefined` for none. */
  readonly namespace: string | undefined;

  /**
   * Lists the entries of a plugin, or with `undefined` of all plugins, page by page, without their values. Each page costs the store little
   * and arrives within 2 s. Entries that are written during the listing may be missing or listed twice, and some stores omit a few entries.
   *
   * An error ends the listing, which rejects with CACHE_UNSUPPORTED when the store or its driver cannot list; CACHE_UNAVAILABLE while the
   * store is away; CACHE_TIMEOUT when a page does not arrive in time; CACHE_INVALID_CURSOR; CACHE_OVERLOADED when 16 pages are under way;
   * CACHE_CONFIG for an impossible plugin id; CACHE_CLOSED.
   */
  entries(pluginId: string | undefined, options?: EntriesOptions): AsyncIterable<EntryPage>;

  /** Parses a stored key of `entries`. Returns `undefined` for a key that no plugin of this cache can have. */
  describeKey(storedKey: string): DescribedKey | undefined;

  /**
   * Removes all entries of a plugin and resolves with their number, where it is known. From the call on, this process reads none of them.
   * When some servers cannot be reached, it still resolves and names them; their entries are removed when they are back, as after a
   * failure.
   *
   * Rejects with CACHE_UNSUPPORTED when the store cannot clear, CACHE_UNAVAILABLE or CACHE_READ_ONLY while the store is away or takes no
   * writes, CACHE_AUTH or CACHE_REFUSED when the store does not allow it, CACHE_OVERLOADED when too many clears wait, CACHE_CLOSED after
   * `close`, and CACHE_TIMEOUT when the removal takes longer than `timeoutMs`; it then continues. An invalid plugin id rejects with
   * CACHE_CONFIG.
   *
   * @param options - `timeoutMs`: 1 to 300,000. @defaultValue 30,000
   */
  clear(pluginId: string, options?: { readonly timeoutMs?: number }): Promise<ClearedEntries>;

  /**
   * What a store in the process holds for a plugin, and how many entries it has evicted and expired; `undefined` for other stores. May be
   * called often.
   */
  figuresOf(pluginId: string): EntryFigures | undefined;

  /**
   * What the near caches hold and have done. `undefined` when no plugin can have one, and while the driver answers reads without a promise:
   * such a store is in the process, as near as a copy. May be called often.
   */
  nearFigures(): NearFigures | undefined;

  /** Servers that the driver is connected to or tries to reach, as `host:port`; none for a store in the process. */
  servers(): readonly string[];

  /** How many connections to servers can be used right now; `undefined` for a store that is not reached by connections. */
  connections(): number | undefined;

  /**
   * Closes the driver. Idempotent; settles within 2 s, rejecting when the driver could not close. Afterwards `get` is a
   * miss and writes do nothing.
   */
  close(): Promise<void>;
}

/** Plugin id in the key that recovery probes read while no plugin has used the cache yet. */
const PROBE_PLUGIN = 'greenroom';

/**
 * Starts the driver and returns at once, whether or not its server is up. Throws CACHE_CONFIG for invalid options, and when `driver` is not
 * a driver.
 */
export function createCacheManager<DriverOptions>(options: CacheManagerOptions<DriverOptions>): CacheManager {
  const { driver: definition, driverOptions, observer = {} } = options;
  assertDriverDefinition(definition);
  assertNoPromise(definition.store, 'parseOptions', driverOptions);
  const policy = readPolicy(definition, driverOptions);
  const { namespace, keyPrefixSeparator, commandTimeoutMs = 500, verifyEntries = false, maxOverdueMs } = policy;
  const { policyOf, hasNear, nearMaxBytes } = createPluginPolicies(options);

  const protectedObserver = protectObserver(observer);
  const copies = createNearCopies(nearMaxBytes);
  const near = hasNear ? createNearCache(copies) : undefined;
  const shield = createShield(copies);
  const guard = createDriverGuard({
    store: definition.store,
    createDriver: host => createDriver(definition, driverOptions, host),
    probeKey: `${toKeyPrefix(PROBE_PLUGIN, namespace, keyPrefixSeparator)}probe`,
    commandTimeoutMs,
    verifyEntries,
    maxOverdueMs,
    observer: protectedObserver,
    recovered: () => shield.clear(),
  });
  const caches = {
    guard,
    keyCache: createKeyCache(),
    flights: createFlights(),
    copies,
    shield,
    eventsOf: (pluginId: string) => createLookupEvents(definition.store, pluginId, protectedObserver),
  };

  const disabledCaches = { ...caches, guard: createDisabledGuard(definition.store, protectedObserver) };

  function cachesOf({ isEnabled, maxStalenessMs }: ResolvedPolicy): PluginCaches {
    if (!isEnabled) return disabledCaches;
    if (!near || maxStalenessMs === undefined) return caches;
    const { store } = definition;
    const nearGuard = createNearGuard({ store, guard, near, maxStalenessMs, observer: protectedObserver });
    return { ...caches, guard: nearGuard, maxStalenessMs };
  }

  return {
    forPlugin(pluginId) {
      const keyPrefix = toKeyPrefix(pluginId, namespace, keyPrefixSeparator);
      // Not the caller's string: observers keep the id, and a slice of a long string would keep that whole string in memory.
      const ownId = keyPrefix.slice(-pluginId.length - 1, -1);
      const policy = policyOf(ownId, keyPrefix);
      const plugin = { pluginId: ownId, keyPrefix, rules: policy.rules };
      return createPluginCache(plugin, cachesOf(policy), policy.defaultTtlMs);
    },
    namespace: namespace || undefined,
    entries: (pluginId, listOptions = {}) =>
      listEntries(
        guard,
        () =>
          pluginId === undefined
            ? toCommonPrefix(namespace, keyPrefixSeparator)
            : toKeyPrefix(pluginId, namespace, keyPrefixSeparator),
        listOptions,
      ),
    describeKey(storedKey) {
      const commonPrefix = toCommonPrefix(namespace, keyPrefixSeparator);
      return storedKey.startsWith(commonPrefix) ? describeKey(storedKey.slice(commonPrefix.length)) : undefined;
    },
    async clear(pluginId, { timeoutMs } = {}) {
      const keyPrefix = toKeyPrefix(pluginId, namespace, keyPrefixSeparator);
      const clear = () => guard.clearNow({ pluginId, keyPrefix }, timeoutMs);
      const cleared = near ? clearNear(near, keyPrefix, clear) : clear();
      caches.flights.detachAll(keyPrefix);
      copies.dropAll(keyPrefix);
      return cleared;
    },
    figuresOf: pluginId => guard.figuresOf(toKeyPrefix(pluginId, namespace, keyPrefixSeparator)),
    servers: () => guard.servers(),
    connections: () => guard.connections(),
    nearFigures: () => (near?.isStoreInProcess ? undefined : near?.figures),
    close() {
      near?.close();
      return guard.close();
    },
  };
}
