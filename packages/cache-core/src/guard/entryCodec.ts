import { CacheError } from '../contract/cacheError';
import type { JsonValue } from '../contract/jsonValue';
import type { CacheObserver } from '../contract/observer';
import type { PluginKeys } from '../keys/storedKey';
import { decodeValue } from '../values/codec';
import { countBytes } from '../values/countBytes';
import { overdueMsOf, withHeader, withoutHeader } from '../values/entryHeader';
import { toWrongAnswer } from './driverError';

/** Makes the text of an entry from the JSON text of a value, and the value from the text of an entry. */
export interface EntryCodec {
  encode(plugin: PluginKeys, key: string, json: string, ttlMs: number | undefined): string;
  /**
   * `undefined` for a text that is no entry of this key, or an expired one. Throws a `CacheError` for a text that cannot be
   * decoded. `durationMs`: how long the read took.
   */
  decode(plugin: PluginKeys, key: string, text: string, durationMs: number): JsonValue | undefined;
}

/** What {@link createEntryCodec} needs. */
export interface EntryCodecOptions {
  readonly store: string;
  readonly observer: CacheObserver;
  /** Entries have a header with key and expiry, both of which are checked. */
  readonly verifyEntries: boolean;
  /** An entry that is overdue by more than this shows that clocks differ. */
  readonly maxOverdueMs: number;
  /** For messages: the methods of the driver that return texts. */
  readonly readMethods: string;
}

export function createEntryCodec(options: EntryCodecOptions): EntryCodec {
  const { store, observer, verifyEntries, maxOverdueMs, readMethods } = options;

  function observeSize({ pluginId }: PluginKeys, operation: 'get' | 'set', json: string): void {
    observer.onValueSize?.({ store, pluginId, operation, bytes: countBytes(json) });
  }

  return {
    encode(plugin, key, json, ttlMs) {
      observeSize(plugin, 'set', json);
      if (!verifyEntries) return json;
      return withHeader(key, json, ttlMs === undefined ? undefined : Date.now() + ttlMs);
    },

    decode(plugin, key, text, durationMs) {
      if (typeof text !== 'string') throw toWrongAnswer(store, `answered ${readMethods}`, text, 'a text or undefined');
      const json = withoutHeader(key, text, verifyEntries);
      if (json === undefined) {
        // The store still had the entry when the read was sent, however long the answer took.
        const overdueMs = overdueMsOf(key, text) - durationMs;
        if (overdueMs > maxOverdueMs) throw toClockSkew(store, overdueMs);
        return undefined;
      }
      const value = decodeValue(json);
      observeSize(plugin, 'get', json);
      return value;
    },
  };
}

function toClockSkew(store: string, overdueMs: number): CacheError {
  return new CacheError(
    'CACHE_CLOCK_SKEW',
    `The store '${store}' has an entry that expired ${Math.round(overdueMs / 1000)} s ago by the clock of this machine, ` +
      'which differs from that of the machine that wrote it: entries are misses too early until both are set right (NTP)',
  );
}
