import type { CacheManager } from '@greenroom/cache-core';

/** An entry that a store holds, without its value. */
export interface StoredEntry {
  readonly key: string;
  readonly bytes?: number;
  readonly expiresInMs?: number | null;
}

/** A part of the entries of a store. */
export interface EntryPage {
  readonly entries: readonly StoredEntry[];
  readonly cursor?: string;
  readonly unreached?: readonly string[];
}

/** What a clear has removed. */
export interface ClearedEntries {
  readonly entries?: number;
  readonly unreached?: readonly string[];
}

/** What the commands need of a manager. */
export interface StoreManager extends CacheManager {
  entries(
    pluginId: string | undefined,
    options?: {
      readonly details?: boolean;
      readonly cursor?: string;
      readonly pageSize?: number;
      readonly signal?: AbortSignal;
    },
  ): AsyncIterable<EntryPage>;
  describeKey(storedKey: string):
    | {
        readonly pluginId: string;
        readonly kind: 'entry' | 'lease';
        readonly key?: string;
        readonly namespaces?: readonly (string | undefined)[];
      }
    | undefined;
  clear(pluginId: string, options?: { readonly timeoutMs?: number }): Promise<ClearedEntries>;
  servers(): readonly string[];
}
