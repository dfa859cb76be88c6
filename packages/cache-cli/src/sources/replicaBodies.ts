/** Bodies of the answers of the plugin's routes, as far as the program shows them. */
export interface ReplicaStatus {
  readonly status: string;
  readonly state: string;
  readonly since: string;
  readonly store: string;
  readonly servers: readonly string[];
  readonly instance: string;
  readonly namespace?: string;
  readonly near?: ReplicaNear;
  readonly lastError?: { readonly code: string; readonly message: string; readonly at: string };
}

/** The near cache of one process. */
export interface ReplicaNear {
  readonly plugins: readonly { readonly plugin: string; readonly maxStalenessMs: number }[];
  readonly maxBytes: number;
  readonly bytes: number;
  readonly entries: number;
  readonly hits: number;
  readonly fills: number;
  /** Number of dropped copies, by reason. */
  readonly drops: Readonly<Record<string, number>>;
}

/** The figures of a plugin in one process. */
export interface ReplicaFigures {
  readonly plugin: string;
  readonly hits: number;
  readonly nearHits?: number;
  readonly misses: number;
  readonly errors: number;
  readonly bypasses: number;
  readonly sets: number;
  readonly setsWithoutTtl: number;
  readonly entries?: number;
  readonly bytes?: number;
  readonly evictions?: number;
  readonly expiries?: number;
}

/** `GET /v1/plugins` */
export interface ReplicaPlugins {
  readonly instance: string;
  readonly plugins: readonly ReplicaFigures[];
}

/** `GET /v1/entries` */
export interface ReplicaEntries {
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

/** `POST /v1/clear` */
export interface ReplicaCleared {
  readonly plugin: string;
  readonly entries?: number;
  readonly scope: 'process' | 'store';
  readonly instance: string;
  readonly maxStalenessMs?: number;
  readonly unreached?: readonly string[];
}
