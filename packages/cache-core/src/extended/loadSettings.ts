import { CacheError } from '../contract/cacheError';
import type { GetOrSetOptions, ReadOptions, Ttl, ValueSchema } from '../contract/extendedCache';
import { toDurationMs } from '../values/ttl';

/** The options of a `getOrSet`, read and checked. */
export interface LoadSettings {
  /** 0: expired at once; `undefined`: the store decides. */
  readonly ttlMs: number | undefined;
  readonly staleTtlMs: number;
  readonly negativeTtlMs: number | undefined;
  /** Upper limit for all ttls above, and for one that the load sets itself. */
  readonly maxTtlMs?: number | undefined;
  readonly softTimeoutMs: number;
  readonly hardTimeoutMs: number;
  readonly jitter: number;
  readonly forceFresh: boolean;
  readonly signal: AbortSignal | undefined;
  readonly acrossProcesses: boolean;
  readonly check: ValueSchema | undefined;
  readonly frozen: boolean;
}

const names: ReadonlySet<string> = new Set([
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
  'frozen',
] satisfies (keyof GetOrSetOptions)[]);

const readNames: ReadonlySet<string> = new Set(['frozen'] satisfies (keyof ReadOptions)[]);

/** Returns whether the caller wants a frozen value. Throws CACHE_CONFIG for an invalid or unknown option. */
export function toFrozen(options: ReadOptions<boolean> | undefined): boolean {
  if (options === undefined) return false;
  assertNames(options, readNames, '{ frozen: true }');
  return readBoolean('frozen', options.frozen);
}

/** Throws CACHE_INVALID_TTL for an invalid ttl, and CACHE_CONFIG for any other invalid or unknown option. */
export function toLoadSettings(
  options: GetOrSetOptions<boolean> | undefined,
  defaultTtlMs: number | undefined,
  maxTtlMs?: number,
): LoadSettings {
  if (options === undefined) return toSettings({}, defaultTtlMs, maxTtlMs);
  assertNames(options, names, "{ ttl: '5m' }");
  return toSettings(options, defaultTtlMs, maxTtlMs);
}

function toSettings(
  options: GetOrSetOptions<boolean>,
  defaultTtlMs: number | undefined,
  maxTtlMs: number | undefined,
): LoadSettings {
  const { jitter = 0, signal, check } = options;
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1)) throw invalid('jitter', 'a number from 0 to 1');
  if (signal !== undefined && !isAbortSignal(signal)) throw invalid('signal', 'an AbortSignal');
  if (check !== undefined && typeof check?.['~standard']?.validate !== 'function') {
    throw invalid('check', 'a schema that follows the Standard Schema specification');
  }
  return {
    ttlMs: readTtl('ttl', options.ttl) ?? defaultTtlMs,
    staleTtlMs: readTtl('staleTtl', options.staleTtl) ?? 0,
    negativeTtlMs: readTtl('negativeTtl', options.negativeTtl),
    maxTtlMs,
    softTimeoutMs: readSoftTimeout(options.softTimeout),
    hardTimeoutMs: readHardTimeout(options.hardTimeout),
    jitter,
    forceFresh: readBoolean('forceFresh', options.forceFresh),
    signal,
    acrossProcesses: readBoolean('acrossProcesses', options.acrossProcesses),
    check,
    frozen: readBoolean('frozen', options.frozen),
  };
}

function assertNames(options: unknown, known: ReadonlySet<string>, example: string): asserts options is object {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('options', `an object such as ${example}`);
  }
  for (const name in options) {
    if (!known.has(name)) throw invalid(name, `one of the options ${[...known].join(', ')}`);
  }
}

function readBoolean(name: string, value: unknown = false): boolean {
  if (typeof value !== 'boolean') throw invalid(name, 'true or false');
  return value;
}

function readTtl(name: string, ttl: Ttl | undefined): number | undefined {
  return ttl === undefined ? undefined : toDurationMs(name, ttl, 'CACHE_INVALID_TTL');
}

function readSoftTimeout(timeout: Ttl | undefined): number {
  return timeout === undefined ? 0 : toDurationMs('softTimeout', timeout, 'CACHE_CONFIG', 'of 0 or more');
}

function readHardTimeout(timeout: Ttl | undefined): number {
  if (timeout === undefined) return Infinity;
  const timeoutMs = toDurationMs('hardTimeout', timeout, 'CACHE_CONFIG', 'above 0');
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
