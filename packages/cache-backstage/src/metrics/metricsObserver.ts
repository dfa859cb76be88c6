import { cacheErrorCodes } from '@greenroom/cache-core';
import type { CacheObserver, CacheOperation, CacheStateChange, CacheValueSize } from '@greenroom/cache-core';
import { createNoopMeter, metrics } from '@opentelemetry/api';
import type { Attributes, Meter, Observable, ObservableCallback } from '@opentelemetry/api';
import { createPluginCounts } from './pluginCounts';
import type { Series } from './pluginCounts';

const METER_NAME = '@greenroom/cache-backstage';
const STATES = ['available', 'read-only', 'unavailable'] as const;

// Every series starts at zero: Prometheus sees no increase in a series that starts with its first value.
const RESULTS = {
  get: ['hit', 'stale', 'miss', 'error', 'bypass'],
  set: ['ok', 'error', 'bypass'],
  delete: ['ok', 'error', 'bypass'],
} as const;

const LOOKUP_RESULTS = ['hit', 'stale', 'load', 'shared', 'shielded', 'error', 'aborted'] as const;
const LOAD_RESULTS = ['ok', 'detached', 'error', 'timeout', 'aborted'] as const;
const LEASE_RESULTS = ['granted', 'refused'] as const;

// From a lookup in memory to a store that is close to its deadline.
const DURATIONS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
// From a query of a database nearby to one that a plugin hardly waits for.
const LOAD_DURATIONS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const SIZES_BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const READS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Metrics of one cache. */
export interface CacheMetrics {
  readonly observer: CacheObserver;
  /** Sets the source of the connection count, which exists only after the cache was made with the observer. */
  readonly countConnections: (count: () => number | undefined) => void;
  /** Ends what is reported when metrics are collected. */
  readonly stop: () => void;
}

/**
 * OpenTelemetry metrics of a store. `undefined` when the application has not registered a meter provider yet: nothing would
 * read them.
 */
export function createMetricsObserver(store: string): CacheMetrics | undefined {
  const meter = metrics.getMeter(METER_NAME);
  if (meter === createNoopMeter()) return undefined;

  const instruments = createInstruments(meter);
  const series = new SeriesTable(store);
  const lookups = createPluginCounts(store, LOOKUP_RESULTS);
  const loads = createPluginCounts(store, LOAD_RESULTS);
  const leases = createPluginCounts(store, LEASE_RESULTS);
  const readAttributes: Attributes = { store };
  let state: CacheStateChange['state'] = 'available';
  let countConnections = (): number | undefined => undefined;

  const reports = [
    startReport(instruments.operations, () => series.ofOperations()),
    startReport(instruments.errors, () => series.ofErrors()),
    startReport(instruments.lookups, () => lookups.all()),
    startReport(instruments.loads, () => loads.all()),
    startReport(instruments.leases, () => leases.all()),
    startReport(instruments.storeState, () =>
      STATES.map(each => ({ attributes: { store, state: each }, value: each === state ? 1 : 0 })),
    ),
    startReport(instruments.connections, () => {
      const value = countConnections();
      return value === undefined ? [] : [{ attributes: { store }, value }];
    }),
  ];

  return {
    observer: {
      onOperation(operation) {
        const ofOperation = series.ofOperation(operation);
        ofOperation.value++;
        if (operation.error) series.ofError(operation.error.code).value++;
        // A bypass never reached the store and would lower the latency during an outage.
        if (operation.result !== 'bypass') {
          instruments.operationDuration.record(operation.durationMs / 1000, ofOperation.attributes);
        }
      },
      onStateChange(change) {
        state = change.state;
      },
      onValueSize(size) {
        instruments.valueSize.record(size.bytes, series.attributesOfSize(size));
      },
      onReadBatch({ reads }) {
        instruments.readBatchSize.record(reads, readAttributes);
      },
      onLookup({ pluginId, result }) {
        lookups.of(pluginId, result).value++;
      },
      onLoad({ pluginId, result, durationMs }) {
        const ofLoad = loads.of(pluginId, result);
        ofLoad.value++;
        instruments.loadDuration.record(durationMs / 1000, ofLoad.attributes);
      },
      onLease({ pluginId, result }) {
        leases.of(pluginId, result).value++;
      },
    },
    countConnections(count) {
      countConnections = count;
    },
    stop() {
      for (const endReport of reports) endReport();
    },
  };
}

function createInstruments(meter: Meter) {
  const counter = (name: string, unit: string, description: string) =>
    meter.createObservableCounter(name, { unit, description });
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableUpDownCounter(name, { unit, description });
  const histogram = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } });
  return {
    // Counted here and read when metrics are collected: counting in the SDK would cost as much as recording a duration.
    operations: counter('greenroom.cache.operations', '{operation}', 'Cache operations by their result.'),
    errors: counter('greenroom.cache.errors', '{error}', 'Cache operations that failed, by the code of the error.'),
    lookups: counter(
      'greenroom.cache.lookups',
      '{lookup}',
      'Keys that getOrSet was asked for, by where the value came from.',
    ),
    loads: counter('greenroom.cache.loads', '{load}', 'Loads of getOrSet by their result.'),
    leases: counter('greenroom.cache.leases', '{lease}', 'Leases that loads of getOrSet got or were refused.'),
    storeState: gauge('greenroom.cache.store.state', '1', '1 for the state that the store is in, 0 for the others.'),
    connections: gauge('greenroom.cache.connections', '{connection}', 'Connections to servers that can be used.'),
    operationDuration: histogram(
      'greenroom.cache.operation.duration',
      's',
      'Duration of cache operations.',
      DURATIONS_S,
    ),
    loadDuration: histogram(
      'greenroom.cache.load.duration',
      's',
      'Duration of the loads of getOrSet.',
      LOAD_DURATIONS_S,
    ),
    valueSize: histogram(
      'greenroom.cache.value.size',
      'By',
      'Size of the values that are sent to the store, or found in it, as JSON.',
      SIZES_BYTES,
    ),
    readBatchSize: histogram(
      'greenroom.cache.read_batch.size',
      '{operation}',
      'How many gets went to the store in one round trip.',
      READS,
    ),
  };
}

/** Has an instrument show these series whenever metrics are collected. Returns a function that ends this. */
function startReport(instrument: Observable, toSeries: () => Iterable<Series>): () => void {
  const report: ObservableCallback = result => {
    for (const { value, attributes } of toSeries()) result.observe(value, attributes);
  };
  instrument.addCallback(report);
  return () => instrument.removeCallback(report);
}

/** Keeps one attributes object per series, so that an operation makes none. Keys are no attribute, so there are few. */
class SeriesTable {
  readonly #store: string;
  /** By plugin, operation and result. */
  readonly #operations = new Map<string, Map<string, Map<string, Series>>>();
  readonly #errors = new Map<string, Series>();
  /** By plugin and operation. */
  readonly #sizes = new Map<string, Map<string, Attributes>>();

  constructor(store: string) {
    this.#store = store;
    for (const code of cacheErrorCodes) this.ofError(code);
  }

  ofOperation({ pluginId, operation, result }: CacheOperation): Series {
    const found = this.#operations.get(pluginId)?.get(operation)?.get(result);
    if (found) return found;
    const table = tableOf(tableOf(this.#operations, pluginId), operation);
    const toSeries = (each: string) => ({
      attributes: { plugin: pluginId, store: this.#store, operation, result: each },
      value: 0,
    });
    for (const each of RESULTS[operation]) table.set(each, toSeries(each));
    const added = table.get(result) ?? toSeries(result);
    table.set(result, added);
    return added;
  }

  ofError(code: string): Series {
    const found = this.#errors.get(code);
    if (found) return found;
    const added = { attributes: { store: this.#store, 'error.type': code }, value: 0 };
    this.#errors.set(code, added);
    return added;
  }

  attributesOfSize({ pluginId, operation }: CacheValueSize): Attributes {
    const found = this.#sizes.get(pluginId)?.get(operation);
    if (found) return found;
    const added = { plugin: pluginId, store: this.#store, operation };
    tableOf(this.#sizes, pluginId).set(operation, added);
    return added;
  }

  ofErrors(): Iterable<Series> {
    return this.#errors.values();
  }

  *ofOperations(): Generator<Series> {
    for (const ofPlugin of this.#operations.values()) {
      for (const ofOperation of ofPlugin.values()) yield* ofOperation.values();
    }
  }
}

/** The table of this name, added if missing. */
function tableOf<Value>(tables: Map<string, Map<string, Value>>, name: string): Map<string, Value> {
  const table = tables.get(name) ?? new Map<string, Value>();
  tables.set(name, table);
  return table;
}
