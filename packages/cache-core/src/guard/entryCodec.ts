import { CacheError } from '../contract/cacheError';
import type { JsonValue } from '../contract/jsonValue';
import type { CacheObserver } from '../contract/observer';
import type { PluginKeys } from '../keys/storedKey';
import type { NearCopies } from '../near/nearCopies';
import { decodeValue } from '../values/codec';
import { countBytes } from '../values/countBytes';
import type { Entry, Freshness } from '../values/entry';
import { isServable } from '../values/entry';
import { overdueMsOf, readEntryText, withFreshness, withHeader, withoutHeader } from '../values/entryHeader';
import { createSharedValue } from '../values/sharedValue';
import type { SharedValue } from '../values/sharedValue';
import { toWrongAnswer } from './driverError';

/** When the text has changed at more than this many reads in a row, only the text is kept, without the decoded entry. */
const MAX_CHANGES = 8;

/** Makes the text of an entry from the JSON text of a value, and the value from the text of an entry. */
export interface EntryCodec {
  /** `freshness`: for an entry that may be stale before its ttl ends. */
  encode(plugin: PluginKeys, key: string, json: string, ttlMs: number | undefined, freshness?: Freshness): string;
  /**
   * Returns `undefined` for a text that is not an entry of this key, or is an expired one. Throws a `CacheError` for a text that cannot be
   * decoded. `durationMs`: how long the read took.
   */
  decode(plugin: PluginKeys, key: string, text: string, durationMs: number): JsonValue | undefined;
  /**
   * Like `decode`, but also returns an entry that is stale. With `copies` its value is frozen and kept there; when the text is the same
   * again, the kept value is returned.
   */
  decodeEntry(
    plugin: PluginKeys,
    key: string,
    text: string,
    durationMs: number,
    copies: NearCopies | undefined,
  ): Entry | undefined;
}

/** What {@link createEntryCodec} needs. */
export interface EntryCodecOptions {
  readonly store: string;
  readonly observer: CacheObserver;
  /** Whether entries have a header with key and expiry, both of which are checked. */
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

  function assertFits({ pluginId, rules }: PluginKeys, json: string): void {
    const maxBytes = rules?.maxValueBytes ?? Infinity;
    // Most values are far below the limit. A character takes three bytes in UTF-8 at most.
    if (json.length * 3 <= maxBytes) return;
    const bytes = Buffer.byteLength(json);
    if (bytes > maxBytes) throw toTooLarge(store, pluginId, bytes, maxBytes);
  }

  function assertText(text: unknown): void {
    if (typeof text === 'string') return;
    throw toWrongAnswer(store, `answered ${readMethods}`, text, 'a text or undefined');
  }

  /** For a text that is not an entry, or is an expired one. Throws when the expiry shows that clocks differ. */
  function toMiss(key: string, text: string | undefined, durationMs: number): undefined {
    if (text === undefined) return;
    // The store had the entry when the read was sent, so the duration of the read does not count.
    const overdueMs = overdueMsOf(key, text) - durationMs;
    if (overdueMs > maxOverdueMs) throw toClockSkew(store, overdueMs);
  }

  function toText(key: string, json: string, ttlMs: number | undefined, freshness: Freshness | undefined): string {
    if (freshness) return withFreshness(key, json, freshness);
    if (!verifyEntries) return json;
    return withHeader(key, json, ttlMs === undefined ? undefined : Date.now() + ttlMs);
  }

  /**
   * For a plugin with encryption, a text that is not encrypted is not an entry: anyone who can write to the store may have put it there.
   */
  function decrypt({ rules }: PluginKeys, key: string, text: string): string | undefined {
    return rules?.cipher ? rules.cipher.decrypt(key, text) : text;
  }

  function readText(plugin: PluginKeys, key: string, text: string, known?: SharedValue): Entry | undefined {
    const decrypted = decrypt(plugin, key, text);
    const found = decrypted === undefined ? undefined : readEntryText(key, decrypted, verifyEntries);
    if (!isServable(found)) return undefined;
    const { json, freshUntilMs, staleUntilMs, metaJson } = found;
    const value = known?.json === json ? known : createSharedValue(json, decodeValue(json));
    return { value, freshUntilMs, staleUntilMs, metaJson };
  }

  /** Returns the entry that is kept for this text, or decodes the text and keeps the entry. */
  function findShared(plugin: PluginKeys, key: string, text: string, copies: NearCopies): Entry | undefined {
    const copy = copies.find(key);
    const isSame = copy?.text === text;
    if (isSame && copy.entry) {
      copy.changes = 0;
      return copy.entry;
    }
    const known = copy?.entry?.value;
    const entry = readText(plugin, key, text, known);
    if (!entry) return undefined;
    entry.value.frozen();
    const changes = !copy || isSame || entry.value === known ? 0 : copy.changes + 1;
    // Values that are returned once, and are kept until the next one, burden the garbage collector.
    const isBurden = changes > MAX_CHANGES;
    if (isBurden && copy && !copy.entry && copy.text?.length === text.length) {
      copy.text = text;
      copy.changes = changes;
    } else copies.keep(key, { text, entry: isBurden ? undefined : entry, isShield: false, changes });
    return entry;
  }

  return {
    encode(plugin, key, json, ttlMs, freshness) {
      if (plugin.rules) assertFits(plugin, json);
      observeSize(plugin, 'set', json);
      const text = toText(key, json, ttlMs, freshness);
      const cipher = plugin.rules?.cipher;
      return cipher ? cipher.encrypt(key, text) : text;
    },

    decode(plugin, key, found, durationMs) {
      assertText(found);
      const text = decrypt(plugin, key, found);
      const json = text === undefined ? undefined : withoutHeader(key, text, verifyEntries);
      if (json === undefined) return toMiss(key, text, durationMs);
      const value = decodeValue(json);
      observeSize(plugin, 'get', json);
      return value;
    },

    decodeEntry(plugin, key, text, durationMs, copies) {
      assertText(text);
      const found = copies ? findShared(plugin, key, text, copies) : readText(plugin, key, text);
      if (!isServable(found)) return toMiss(key, decrypt(plugin, key, text), durationMs);
      observeSize(plugin, 'get', found.value.json);
      return found;
    },
  };
}

function toTooLarge(store: string, pluginId: string, bytes: number, maxBytes: number): CacheError {
  return new CacheError(
    'CACHE_TOO_LARGE',
    `A value of ${bytes} bytes is not stored in '${store}': maxValueBytes of the plugin ${pluginId} is ${maxBytes}`,
  );
}

function toClockSkew(store: string, overdueMs: number): CacheError {
  return new CacheError(
    'CACHE_CLOCK_SKEW',
    `The store '${store}' has an entry that expired ${Math.round(overdueMs / 1000)} s ago by the clock of this machine, ` +
      'which differs from that of the machine that wrote it: entries are misses too early until both are set right (NTP)',
  );
}
