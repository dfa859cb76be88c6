import type { EntryListOptions, EntryPage } from '@greenroom/cache-core';

/**
 * The client that {@link createMemcacheDriver} needs. Keys are 1 to 250 printable ASCII characters without spaces. When a method
 * rejects with an error other than a CacheError, only its `code` is shown, never its message.
 */
export interface MemcacheClient {
  /** Returns the text under the key, or `undefined` when there is none. */
  get(key: string): Promise<string | undefined>;

  /**
   * Stores the text under the key, and replaces an earlier text and expiry.
   *
   * @param expiry - As in the protocol: seconds up to 2,592,000; above that a date in seconds since 1970; 0 = no expiry.
   */
  set(key: string, text: string, expiry: number): Promise<void>;

  /**
   * Stores the text under the key unless it has one, and returns whether it did. `expiry` as for `set`.
   *
   * @defaultValue processes do not wait for each other's loads
   */
  add?(key: string, text: string, expiry: number): Promise<boolean>;

  /** Removes the entry. An absent key is not an error. */
  delete(key: string): Promise<void>;

  /** Lists entries as a driver does, by the keys that were given to `set`. @defaultValue entries are not listed */
  entries?(prefix: string, options: EntryListOptions): AsyncIterable<EntryPage>;

  /** Returns the servers as `host:port`, without credentials. @defaultValue no servers are reported */
  servers?(): readonly string[];

  /** Returns how many connections can be used right now. @defaultValue connections are not counted */
  connections?(): number;

  /** Closes the client within 2 s, and leaves no timer or socket behind. Called once. */
  close(): Promise<void>;
}
