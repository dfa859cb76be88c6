/**
 * What the store needs of a client: {@link createMemcacheDriver} takes any that has it. Keys are 1 to 250 printable ASCII
 * characters without spaces. What a client rejects with is never shown, only its code, unless it is a CacheError.
 */
export interface MemcacheClient {
  /** The text under the key, or `undefined` when there is none. */
  get(key: string): Promise<string | undefined>;

  /**
   * Replaces text and expiry.
   *
   * @param expiry - As the protocol has it: seconds up to 2,592,000, above that a date in seconds since 1970, 0 for none.
   */
  set(key: string, text: string, expiry: number): Promise<void>;

  /** Removes the entry. An absent key is not an error. */
  delete(key: string): Promise<void>;

  /** How many connections can be used right now. @defaultValue they are not counted */
  connections?(): number;

  /** Settles within 2 s and leaves no timer or socket. Called once. */
  close(): Promise<void>;
}
