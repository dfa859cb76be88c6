import { sizes } from './sample';
import type { Size } from './sample';
import { generalCaches } from './subject';
import type { Store, stores } from './openSubject';
import type { Subject } from './subject';
import { operations } from './trial';
import type { Operation, StoreOperation } from './trial';

type Row = readonly [smallGet: number, smallSet: number, get: number, set: number, largeGet: number, largeSet: number];

/**
 * A bound counts as missed only if the figure is off by more than this share of it. Runs differ more than that, so most bounds leave room.
 */
export const NOISE = 0.05;

/**
 * The share of another cache's throughput that Greenroom has to reach, by size and operation in the order of the tables. The reasons are on
 * the page.
 */
const rows: Readonly<Partial<Record<Store, Readonly<Partial<Record<Subject, Row>>>>>> = {
  redis: { redis: [1.2, 0.75, 0.85, 0.9, 0.9, 0.9], 'built-in cache': [2.1, 1.2, 1.8, 1.8, 1.7, 3] },
  valkey: { iovalkey: [2, 0.8, 1.3, 0.85, 0.9, 0.9], 'built-in cache': [3.2, 1.7, 2.5, 2, 1.5, 4] },
  memcache: { 'built-in cache': [1.5, 1, 1.5, 1.2, 1.3, 1.5] },
  memory: {
    Map: [0.65, 0.42, 0.85, 0.65, 0.9, 0.9],
    'built-in cache': [3.5, 1.8, 3, 3, 3, 5],
    unstorage: [1, 1, 1, 0.75, 0.85, 0.85],
  },
};

/** With 50 KB, nearly all the time goes into JSON and the connection, which is the same for all caches that store JSON text. */
const LARGE_VALUE_BOUND = 0.75;

/** The lowest allowed ratio, for throughput and for CPU; `undefined` where a comparison is only reported. */
export function findBound(store: Store, subject: Subject, size: Size, operation: Operation): number | undefined {
  const row = rows[store]?.[subject];
  if (row)
    return row[sizes.indexOf(size) * operations.length + (operations as readonly Operation[]).indexOf(operation)];
  if (!generalCaches.includes(subject)) return undefined;
  return size === '50 KB' ? LARGE_VALUE_BOUND : 1;
}

/** Lowest allowed ratios for 1,000 gets of small values that start in one turn of the event loop. */
export const burstBounds: Readonly<Partial<Record<Subject, number>>> = { redis: 1.6, 'built-in cache': 4 };

/** CPU that core may add to JSON, in us for one operation. */
export const coreBoundsMicroseconds: Readonly<Record<StoreOperation, number>> = { get: 1, set: 1.7 };

/** CPU that OpenTelemetry may add to an operation in a backend, in us. */
export const METRICS_BOUND_MICROSECONDS = 4;

/** Highest allowed CPU of an encrypted operation, relative to JSON and `node:crypto` by hand, at 1 KB. */
export const ENCRYPTION_BOUND = 1;

/** Highest allowed growth of the CPU of an operation with more callers, plugins or keys. */
export const GROWTH_BOUND = 1.1;
/** The same in a cluster of three masters, where the operations of one turn are spread over three connections. */
export const clusterBounds: Readonly<Record<StoreOperation, number>> = { get: 1.5, set: 1.35 };
/** Highest allowed time until 50 plugins are ready, relative to one plugin of the built-in cache. */
export const readinessBounds: Readonly<Record<(typeof stores)[number], number>> = {
  redis: 1.5,
  valkey: 1.5,
  memcache: 2.5,
  memory: 1.5,
};
/** CPU that a hit by `getOrSet` may take beyond that of a get, in us. */
export const HIT_BOUND_MICROSECONDS = 1;
/** Highest allowed number of loads in one stampede. */
export const STAMPEDE_BOUND = 1;
/** Lowest allowed ratios of a frozen get to a get, for throughput and for CPU. */
export const frozenBounds: readonly { readonly store: Store; readonly size: Size; readonly bound: number }[] = [
  { store: 'memory', size: '1 KB', bound: 5 },
  { store: 'memory', size: '50 KB', bound: 100 },
  { store: 'redis', size: '50 KB', bound: 2 },
  { store: 'valkey', size: '50 KB', bound: 1.5 },
];
/** Highest allowed CPU of a frozen get relative to a get, if the value changes at every read. */
export const FROZEN_CHANGE_BOUND = 1.4;
/** Lowest allowed throughput of gets of hot keys of 100 B with a near cache, relative to that without: one by one, and by 64 callers. */
export const NEAR_SEQUENTIAL_BOUND = 20;
export const NEAR_CALLERS_BOUND = 2;
/** Highest allowed CPU of a set with a near cache, relative to a set without one. */
export const NEAR_WRITE_BOUND = 1.2;
/** Highest allowed heap of a full near cache, relative to its `maxBytes`. */
export const NEAR_MEMORY_BOUND = 1.1;
export const CLEAR_BOUND = 1.1;
export const CLEAR_DELAY_BOUND_MS = 10;
export const MEMORY_BOUND = 1.2;
export const PAUSE_BOUND_MS = 50;
