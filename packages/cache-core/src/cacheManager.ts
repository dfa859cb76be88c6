import type { CacheService } from './contract/cacheService';
import type { CacheDriverDefinition } from './contract/driver';
import type { HumanDuration } from './contract/duration';
import type { CacheObserver } from './contract/observer';
import type { PluginPolicy } from './contract/pluginPolicy';
import { createKeyCache } from './keys/keyCache';
import { toKeyPrefix } from './keys/storedKey';
import { createNearCopies } from './near/nearCopies';
import { assertDriverDefinition, assertNoPromise, createDriver, readPolicy } from './guard/driverDefinition';
import { createDisabledGuard } from './guard/disabledGuard';
import { createDriverGuard } from './guard/driverGuard';
import { protectObserver } from './guard/protectObserver';
import { createFlights } from './extended/flights';
import { createLookupEvents } from './extended/lookupEvents';
import { createShield } from './extended/shield';
import { createPluginCache } from './pluginCache';
import { createPluginPolicies } from './pluginPolicies';

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
  /** Sees operations and changes of state. What it throws is ignored, but for one warning of the process. */
  readonly observer?: CacheObserver;
}

/** The cache of one process: one store, any number of plugins. */
export interface CacheManager {
  /** The cache of one plugin. Throws CACHE_CONFIG for an id that cannot be part of a key. */
  forPlugin(pluginId: string): CacheService;

  /** What comes before every plugin id in the keys of the store; `undefined` for none. */
  readonly namespace: string | undefined;

  /** How many connections to servers can be used right now; `undefined` for a store that is not reached by connections. */
  connections(): number | undefined;

  /**
   * Closes the driver. Idempotent; settles within 2 s, rejecting when the driver could not close. Afterwards `get` is a
   * miss and writes do nothing.
   */
  close(): Promise<void>;
}

/** Whose key is read to find out whether the store answers, when no plugin has wanted anything. */
const PROBE_PLUGIN = 'greenroom';

/**
 * Starts the driver and returns at once, whether or not its server is up. Throws CACHE_CONFIG for invalid options, and for what
 * is no driver.
 */
export function createCacheManager<DriverOptions>(options: CacheManagerOptions<DriverOptions>): CacheManager {
  const { driver: definition, driverOptions, observer = {} } = options;
  assertDriverDefinition(definition);
  assertNoPromise(definition.store, 'parseOptions', driverOptions);
  const policy = readPolicy(definition, driverOptions);
  const { namespace, keyPrefixSeparator, commandTimeoutMs = 500, verifyEntries = false, maxOverdueMs } = policy;
  const policyOf = createPluginPolicies(options);

  const protectedObserver = protectObserver(observer);
  const copies = createNearCopies();
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

  return {
    forPlugin(pluginId) {
      const keyPrefix = toKeyPrefix(pluginId, namespace, keyPrefixSeparator);
      // Not the one that was given: it is shown to observers, which keep it, and could be a part of a long text.
      const ownId = keyPrefix.slice(-pluginId.length - 1, -1);
      const { isEnabled, defaultTtlMs, rules } = policyOf(ownId, keyPrefix);
      const plugin = { pluginId: ownId, keyPrefix, rules };
      return createPluginCache(plugin, isEnabled ? caches : disabledCaches, defaultTtlMs);
    },
    namespace: namespace || undefined,
    connections: () => guard.connections(),
    close: () => guard.close(),
  };
}
