import type { Meter } from '@opentelemetry/api';

// From a lookup in memory to a store that is close to its deadline.
const DURATIONS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
// From a query to a database nearby to a load that hardly any plugin waits for.
const LOAD_DURATIONS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const SIZES_BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const READS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** All instruments, with the names that docs/metrics.md explains. */
export function createInstruments(meter: Meter) {
  const counter = (name: string, unit: string, description: string) =>
    meter.createObservableCounter(`greenroom.cache.${name}`, { unit, description });
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableUpDownCounter(`greenroom.cache.${name}`, { unit, description });
  const histogram = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(`greenroom.cache.${name}`, { unit, description, advice: { explicitBucketBoundaries } });
  return {
    operations: counter('operations', '{operation}', 'Cache operations by their result.'),
    errors: counter('errors', '{error}', 'Cache operations that failed, by the code of the error.'),
    setsWithoutTtl: counter('sets_without_ttl', '{operation}', 'Sets of entries that never expire.'),
    lookups: counter('lookups', '{lookup}', 'Keys that getOrSet was asked for, by where the value came from.'),
    loads: counter('loads', '{load}', 'Loads of getOrSet by their result.'),
    leases: counter('leases', '{lease}', 'Leases that loads of getOrSet got or were refused.'),
    evictions: counter('evictions', '{entry}', 'Entries that the memory store removed to make room for others.'),
    expiries: counter('expiries', '{entry}', 'Entries that the memory store removed as their ttl was over.'),
    entries: gauge('entries', '{entry}', 'Entries in the memory store.'),
    bytes: gauge('bytes', 'By', 'What the entries in the memory store take.'),
    nearHits: counter('near.hits', '{operation}', 'Reads that the near cache has answered.'),
    nearFills: counter('near.fills', '{entry}', 'Copies that the near cache has kept.'),
    nearDrops: counter('near.drops', '{entry}', 'Copies that the near cache has dropped, by the reason.'),
    nearEntries: gauge('near.entries', '{entry}', 'Copies in this process, those of frozen reads too.'),
    nearBytes: gauge('near.bytes', 'By', 'What these take.'),
    nearMaxBytes: gauge('near.max_bytes', 'By', 'What they may take.'),
    storeState: gauge('store.state', '1', '1 for the state that the store is in, 0 for the others.'),
    connections: gauge('connections', '{connection}', 'Connections to servers that can be used.'),
    operationDuration: histogram('operation.duration', 's', 'Duration of cache operations.', DURATIONS_S),
    loadDuration: histogram('load.duration', 's', 'Duration of the loads of getOrSet.', LOAD_DURATIONS_S),
    valueSize: histogram(
      'value.size',
      'By',
      'Size of the values that are sent to the store, or found in it, as JSON.',
      SIZES_BYTES,
    ),
    readBatchSize: histogram(
      'read_batch.size',
      '{operation}',
      'How many gets went to the store in one round trip.',
      READS,
    ),
  };
}
