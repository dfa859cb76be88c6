/** The rules of a plugin's policy for its entries. */
export interface EntryRules {
  /** Longest life in ms. @defaultValue none */
  readonly maxTtlMs?: number | undefined;
  /** Maximum size of the JSON of a value, in bytes. @defaultValue none */
  readonly maxValueBytes?: number | undefined;
  /** Present when the texts of entries are encrypted. */
  readonly cipher?: EntryCipher | undefined;
}

/** Encrypts the texts of entries, each for its stored key. */
export interface EntryCipher {
  encrypt(storedKey: string, text: string): string;
  /**
   * Returns `undefined` for a text that is not encrypted, or is encrypted with an unknown key. Throws CACHE_ENCRYPTION_KEY when it meets an
   * unknown key for the first time, and CACHE_CORRUPT for a text that was not encrypted for this stored key.
   */
  decrypt(storedKey: string, text: string): string | undefined;
}
