import type { CacheLease, CacheLoad, CacheLookup, CacheOperation } from '@greenroom/cache-core';

// Once one result of a kind is counted, the others exist too, as zero: Prometheus sees no increase in a series that starts with its first
// value.
const RESULTS = {
  get: ['hit', 'stale', 'miss', 'error', 'bypass'],
  set: ['ok', 'error', 'bypass'],
  delete: ['ok', 'error', 'bypass'],
} as const;
const LOOKUP_RESULTS = ['hit', 'stale', 'load', 'shared', 'shielded', 'error', 'aborted'] as const;
const LOAD_RESULTS = ['ok', 'detached', 'error', 'timeout', 'aborted'] as const;
const LEASE_RESULTS = ['granted', 'refused'] as const;

/** Counts by name. Another version of core may report names that are unknown here: they are added. */
export type Counts<Name extends string = string> = Partial<Record<Name, number>>;

/** What one plugin has done since the start of the process. Kinds that it has not used are absent. */
export interface PluginCounts {
  readonly pluginId: string;
  /** Whether the plugin has a near cache. For a store in the process that counts nothing, this becomes `false` at its first answer. */
  readonly hasNear: boolean;
  /** By operation, then by result; operations in the order of their first use. */
  readonly operations: Partial<Record<CacheOperation['operation'], Counts<CacheOperation['result']>>>;
  /** Number of errors by their code. */
  readonly errors: Counts;
  lookups?: Counts<CacheLookup['result']>;
  loads?: Counts<CacheLoad['result']>;
  leases?: Counts<CacheLease['result']>;
  /** Operations that were sent to the store; `sentMs` is how long they took together. */
  sent: number;
  sentMs: number;
  setsWithoutTtl: number;
}

export function createPluginCounts(pluginId: string, hasNear: (pluginId: string) => boolean): PluginCounts {
  return {
    pluginId,
    get hasNear() {
      return hasNear(pluginId);
    },
    ...{ operations: {}, errors: {}, sent: 0, sentMs: 0, setsWithoutTtl: 0 },
  };
}

/** Adds an operation that has settled. */
export function countOperation(counts: PluginCounts, { operation, result, durationMs, error }: CacheOperation): void {
  const ofOperation = (counts.operations[operation] ??= fromZero(withNear(counts, operation, RESULTS[operation])));
  ofOperation[result] = (ofOperation[result] ?? 0) + 1;
  if (error) addTo(counts.errors, error.code);
  if (result === 'bypass' || result === 'near') return;
  counts.sent++;
  counts.sentMs += durationMs;
}

export function countLookup(counts: PluginCounts, { result }: CacheLookup): void {
  addTo((counts.lookups ??= fromZero(withNear(counts, 'get', LOOKUP_RESULTS))), result);
}

export function countLoad(counts: PluginCounts, { result }: CacheLoad): void {
  addTo((counts.loads ??= fromZero(LOAD_RESULTS)), result);
}

export function countLease(counts: PluginCounts, { result }: CacheLease): void {
  addTo((counts.leases ??= fromZero(LEASE_RESULTS)), result);
}

function addTo<Name extends string>(counts: Counts<Name>, name: Name): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Adds the result `near` to those of reads and lookups, if the plugin has a near cache. */
function withNear<Name extends string>({ hasNear }: PluginCounts, operation: string, names: readonly Name[]) {
  return hasNear && operation === 'get' ? [...names, 'near' as const] : names;
}

function fromZero<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map(name => [name, 0])) as Record<Name, number>;
}
