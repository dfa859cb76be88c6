import { createServiceRef } from '@backstage/backend-plugin-api';
import type { ServiceRef } from '@backstage/backend-plugin-api';

/** What the cache plugin asks of the cache service. A copy, until the adapter exports it. */
export interface CacheOperatorService {
  status(): CacheStatus;
  plugins(): Promise<readonly PluginFigures[]>;
  entries(
    pluginId: string,
    options: { readonly limit: number; readonly cursor?: string; readonly details?: boolean },
  ): Promise<PluginEntries>;
  clear(pluginId: string): Promise<ClearResult>;
}

export interface CacheStatus {
  readonly status: 'ok' | 'degraded';
  readonly state: 'starting' | 'available' | 'read-only' | 'unavailable';
  readonly since: string;
  readonly store: string;
  readonly servers: readonly string[];
  readonly connections?: number;
  readonly instance: string;
  readonly namespace?: string;
  readonly lastError?: {
    readonly code: string;
    readonly message: string;
    readonly at: string;
    readonly plugin?: string;
    readonly server?: string;
  };
  readonly changes: readonly {
    readonly at: string;
    readonly state: string;
    readonly error?: { readonly code: string; readonly message: string };
  }[];
}

export interface PluginFigures {
  readonly plugin: string;
  readonly hits: number;
  readonly misses: number;
  readonly errors: number;
  readonly bypasses: number;
  readonly sets: number;
  readonly deletes: number;
  readonly setsWithoutTtl: number;
  readonly operations: number;
  readonly durationMsTotal: number;
  readonly lookups?: Readonly<Record<string, number>>;
  readonly loads?: Readonly<Record<string, number>>;
  readonly shielded?: number;
  readonly entries?: number;
  readonly bytes?: number;
  readonly evictions?: number;
  readonly expiries?: number;
}

export interface PluginEntries {
  readonly plugin: string;
  readonly entries: readonly {
    readonly key: string;
    readonly bytes?: number;
    readonly expiresAt?: string | null;
  }[];
  readonly cursor?: string;
  readonly isApproximate: boolean;
  readonly instance: string;
  readonly unreached?: readonly string[];
}

export interface ClearResult {
  readonly plugin: string;
  readonly entries?: number;
  readonly scope: 'process' | 'store';
  readonly instance: string;
  readonly unreached?: readonly string[];
}

export const cacheOperatorServiceRef: ServiceRef<CacheOperatorService, 'root', 'singleton'> = createServiceRef({
  id: 'greenroom.cache',
  scope: 'root',
});
