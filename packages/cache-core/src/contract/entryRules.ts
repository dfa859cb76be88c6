/** The rules of a plugin's policy for its entries. */
export interface EntryRules {
  /** Longest life in ms. @defaultValue none */
  readonly maxTtlMs?: number | undefined;
  /** Most bytes of the JSON of a value. @defaultValue none */
  readonly maxValueBytes?: number | undefined;
  /** Present when the texts of entries are encrypted. */
  readonly cipher?: EntryCipher | undefined;
}

/** Encrypts the texts of entries, each for its stored key. */
export interface EntryCipher {
  encrypt(storedKey: string, text: string): string;
  /**
   * `undefined` for a text that is not encrypted, or with an unknown key. Throws CACHE_ENCRYPTION_KEY for an unknown key that was
   * not met before, and CACHE_CORRUPT for what was not encrypted for this stored key.
   */
  decrypt(storedKey: string, text: string): string | undefined;
}
