import { CacheError } from '../contract/cacheError';
import type { GetOrSetOptions, Ttl, ValueSchema } from '../contract/extendedCache';
import { toDurationMs } from '../values/ttl';

/** The options of a `getOrSet`, read and checked. */
export interface LoadSettings {
  /** 0: expired at once; `undefined`: the store decides. */
  readonly ttlMs: number | undefined;
  readonly staleTtlMs: number;
  readonly negativeTtlMs: number | undefined;
  readonly softTimeoutMs: number;
  readonly hardTimeoutMs: number;
  readonly jitter: number;
  readonly forceFresh: boolean;
  readonly signal: AbortSignal | undefined;
  readonly acrossProcesses: boolean;
  readonly check: ValueSchema | undefined;
}

const names = new Set([
  'ttl',
  'staleTtl',
  'negativeTtl',
  'softTimeout',
  'hardTimeout',
  'jitter',
  'forceFresh',
  'signal',
  'acrossProcesses',
  'check',
] satisfies (keyof GetOrSetOptions)[]);

/** Throws CACHE_INVALID_TTL for a wrong ttl, and CACHE_CONFIG for another option that is wrong or unknown. */
export function toLoadSettings(options: GetOrSetOptions | undefined, defaultTtlMs: number | undefined): LoadSettings {
  if (options === undefined) return toSettings({}, defaultTtlMs);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('options', "an object such as { ttl: '5m' }");
  }
  for (const name in options) {
    if (!(names as ReadonlySet<string>).has(name)) throw invalid(name, `one of the options ${[...names].join(', ')}`);
  }
  return toSettings(options, defaultTtlMs);
}

function toSettings(options: GetOrSetOptions, defaultTtlMs: number | undefined): LoadSettings {
  const { jitter = 0, forceFresh = false, acrossProcesses = false, signal, check } = options;
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1)) throw invalid('jitter', 'a number from 0 to 1');
  if (typeof forceFresh !== 'boolean') throw invalid('forceFresh', 'true or false');
  if (typeof acrossProcesses !== 'boolean') throw invalid('acrossProcesses', 'true or false');
  if (signal !== undefined && !isAbortSignal(signal)) throw invalid('signal', 'an AbortSignal');
  if (check !== undefined && typeof check?.['~standard']?.validate !== 'function') {
    throw invalid('check', 'a schema that follows the Standard Schema specification');
  }
  return {
    ttlMs: readTtl('ttl', options.ttl) ?? defaultTtlMs,
    staleTtlMs: readTtl('staleTtl', options.staleTtl) ?? 0,
    negativeTtlMs: readTtl('negativeTtl', options.negativeTtl),
    softTimeoutMs: readSoftTimeout(options.softTimeout),
    hardTimeoutMs: readHardTimeout(options.hardTimeout),
    jitter,
    forceFresh,
    signal,
    acrossProcesses,
    check,
  };
}

function readTtl(name: string, ttl: Ttl | undefined): number | undefined {
  return ttl === undefined ? undefined : toDurationMs(name, ttl, 'CACHE_INVALID_TTL');
}

function readTimeout(name: string, timeout: Ttl | undefined): number | undefined {
  return timeout === undefined ? undefined : toDurationMs(name, timeout, 'CACHE_CONFIG');
}

function readSoftTimeout(timeout: Ttl | undefined): number {
  if (typeof timeout === 'number' && timeout < 0) throw invalid('softTimeout', 'a duration of 0 or more');
  return readTimeout('softTimeout', timeout) ?? 0;
}

function readHardTimeout(timeout: Ttl | undefined): number {
  const timeoutMs = readTimeout('hardTimeout', timeout) ?? Infinity;
  if (timeoutMs === 0) throw invalid('hardTimeout', 'a duration above 0');
  return timeoutMs;
}

/** Not by `instanceof`, which fails for the signals of another realm. */
function isAbortSignal(signal: unknown): signal is AbortSignal {
  if (typeof signal !== 'object' || signal === null) return false;
  return 'aborted' in signal && 'addEventListener' in signal && typeof signal.addEventListener === 'function';
}

function invalid(name: string, expected: string): CacheError {
  return new CacheError('CACHE_CONFIG', `Invalid ${name}: expected ${expected}`);
}
