import { createNoopMeter, metrics } from '@opentelemetry/api';
import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';
import type {
  CacheErrorCode,
  CacheObserver,
  CacheOperation,
  CacheStateChange,
  CacheValueSize,
} from '@greenroom/cache-core';

const METER_NAME = '@greenroom/cache-backstage';
const STATES = ['available', 'read-only', 'unavailable'] as const;

// Every series starts at zero: Prometheus sees no increase in a series that starts with its first value.
const RESULTS = {
  get: ['hit', 'miss', 'error', 'bypass'],
  set: ['ok', 'error', 'bypass'],
  delete: ['ok', 'error', 'bypass'],
} as const;
const ERROR_CODES: readonly CacheErrorCode[] = [
  'CACHE_AUTH',
  'CACHE_CLOCK_SKEW',
  'CACHE_CLOSED',
  'CACHE_CORRUPT',
  'CACHE_FULL',
  'CACHE_OVERLOADED',
  'CACHE_READ_ONLY',
  'CACHE_REFUSED',
  'CACHE_TIMEOUT',
  'CACHE_TOO_LARGE',
  'CACHE_UNAVAILABLE',
];

// From a lookup in memory to a store that is close to its deadline.
const DURATIONS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const SIZES_BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const READS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Metrics of one cache. */
export interface CacheMetrics {
  readonly observer: CacheObserver;
  /** Sets the source of the connection count, which exists only after the cache was made with the observer. */
  readonly countConnections: (count: () => number | undefined) => void;
  /** Removes the callbacks that are read when metrics are collected. */
  readonly stop: () => void;
}

/**
 * OpenTelemetry metrics of a store. `undefined` when the application has not registered a meter provider yet: nothing would
 * read them.
 */
export function createMetricsObserver(store: string): CacheMetrics | undefined {
  const meter = metrics.getMeter(METER_NAME);
  if (meter === createNoopMeter()) return undefined;

  const { operations, errors, storeState, connections, ...recorded } = createInstruments(meter);
  const { operationDuration, valueSize, readBatchSize } = recorded;
  const series = new SeriesTable(store);
  const readAttributes: Attributes = { store };
  let state: CacheStateChange['state'] = 'available';
  let countConnections = (): number | undefined => undefined;

  const reportOperations = (result: ObservableResult) => {
    for (const { count, attributes } of series.ofOperations()) result.observe(count, attributes);
  };
  const reportErrors = (result: ObservableResult) => {
    for (const { count, attributes } of series.ofErrors()) result.observe(count, attributes);
  };
  const reportState = (result: ObservableResult) => {
    for (const each of STATES) result.observe(each === state ? 1 : 0, { store, state: each });
  };
  const reportConnections = (result: ObservableResult) => {
    const count = countConnections();
    if (count !== undefined) result.observe(count, { store });
  };
  operations.addCallback(reportOperations);
  errors.addCallback(reportErrors);
  storeState.addCallback(reportState);
  connections.addCallback(reportConnections);

  return {
    observer: {
      onOperation(operation) {
        const ofOperation = series.ofOperation(operation);
        ofOperation.count++;
        if (operation.error) series.ofError(operation.error.code).count++;
        // A bypass never reached the store and would lower the latency during an outage.
        if (operation.result !== 'bypass') {
          operationDuration.record(operation.durationMs / 1000, ofOperation.attributes);
        }
      },
      onStateChange(change) {
        state = change.state;
      },
      onValueSize(size) {
        valueSize.record(size.bytes, series.attributesOfSize(size));
      },
      onReadBatch({ reads }) {
        readBatchSize.record(reads, readAttributes);
      },
    },
    countConnections(count) {
      countConnections = count;
    },
    stop() {
      operations.removeCallback(reportOperations);
      errors.removeCallback(reportErrors);
      storeState.removeCallback(reportState);
      connections.removeCallback(reportConnections);
    },
  };
}

function createInstruments(meter: Meter) {
  return {
    // Counted here and read when metrics are collected: counting in the SDK would cost as much as recording a duration.
    operations: meter.createObservableCounter('greenroom.cache.operations', {
      description: 'Cache operations by their result.',
      unit: '{operation}',
    }),
    errors: meter.createObservableCounter('greenroom.cache.errors', {
      description: 'Cache operations that failed, by the code of the error.',
      unit: '{error}',
    }),
    operationDuration: meter.createHistogram('greenroom.cache.operation.duration', {
      description: 'Duration of cache operations.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATIONS_S },
    }),
    storeState: meter.createObservableUpDownCounter('greenroom.cache.store.state', {
      description: '1 for the state that the store is in, 0 for the others.',
      unit: '1',
    }),
    connections: meter.createObservableUpDownCounter('greenroom.cache.connections', {
      description: 'Connections to servers that can be used.',
      unit: '{connection}',
    }),
    valueSize: meter.createHistogram('greenroom.cache.value.size', {
      description: 'Size of the values that are sent to the store, or found in it, as JSON.',
      unit: 'By',
      advice: { explicitBucketBoundaries: SIZES_BYTES },
    }),
    readBatchSize: meter.createHistogram('greenroom.cache.read_batch.size', {
      description: 'How many gets went to the store in one round trip.',
      unit: '{operation}',
      advice: { explicitBucketBoundaries: READS },
    }),
  };
}

/** The operations or errors that have the same attributes. */
interface Series {
  readonly attributes: Attributes;
  count: number;
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
    for (const code of ERROR_CODES) this.ofError(code);
  }

  ofOperation({ pluginId, operation, result }: CacheOperation): Series {
    const found = this.#operations.get(pluginId)?.get(operation)?.get(result);
    if (found) return found;
    const table = tableOf(tableOf(this.#operations, pluginId), operation);
    const toSeries = (each: string) => ({
      attributes: { plugin: pluginId, store: this.#store, operation, result: each },
      count: 0,
    });
    for (const each of RESULTS[operation]) table.set(each, toSeries(each));
    const added = table.get(result) ?? toSeries(result);
    table.set(result, added);
    return added;
  }

  ofError(code: string): Series {
    const found = this.#errors.get(code);
    if (found) return found;
    const added = { attributes: { store: this.#store, 'error.type': code }, count: 0 };
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
