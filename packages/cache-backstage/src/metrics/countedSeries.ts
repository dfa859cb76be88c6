import { cacheErrorCodes } from '@greenroom/cache-core';
import type { Attributes } from '@opentelemetry/api';
import type { Counts, PluginCounts } from '../figures/pluginCounts';

/** One value of an instrument, with its attributes. */
export interface Series {
  readonly attributes: Attributes;
  readonly value: number;
}

/** Codes that no operation is counted with: such an error reaches the plugin, or fails the start. */
const otherCodes = new Set<string>([
  'CACHE_CONFIG',
  'CACHE_DRIVER_MISSING',
  'CACHE_INVALID_KEY',
  'CACHE_INVALID_TTL',
  'CACHE_INVALID_VALUE',
  'CACHE_LOAD_TIMEOUT',
  'CACHE_UNSUPPORTED',
]);
const noErrors: Counts = Object.fromEntries(
  cacheErrorCodes.filter(code => !otherCodes.has(code)).map(code => [code, 0]),
);

/** The counts of a plugin, as series of the instruments of the same names. */
export const countedSeries = {
  operations: ({ operations }: PluginCounts) =>
    Object.entries(operations).flatMap(([operation, counts]) => toSeries(counts, 'result', { operation })),
  // All codes start from zero, so that the first error shows as an increase.
  errors: ({ errors }: PluginCounts) => toSeries({ ...noErrors, ...errors }, 'error.type'),
  setsWithoutTtl: ({ setsWithoutTtl }: PluginCounts) => [{ attributes: {}, value: setsWithoutTtl }],
  lookups: ({ lookups }: PluginCounts) => toSeries(lookups, 'result'),
  loads: ({ loads }: PluginCounts) => toSeries(loads, 'result'),
  leases: ({ leases }: PluginCounts) => toSeries(leases, 'result'),
} satisfies Record<string, (counts: PluginCounts) => readonly Series[]>;

function toSeries(counts: Counts = {}, name: string, attributes: Attributes = {}): Series[] {
  return Object.entries(counts).map(([each, value = 0]) => ({ attributes: { ...attributes, [name]: each }, value }));
}
