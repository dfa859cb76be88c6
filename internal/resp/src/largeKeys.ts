import { CacheError } from '@greenroom/cache-core';

/** How long a key is not read after its value was too large. */
const PAUSE_MS = 60_000;
const MAX_KEYS = 1000;

/**
 * Keys whose values may be too large to be read. Such a value ends the connection, and with it the operations of everybody:
 * that must not happen each time that somebody wants it.
 */
export interface LargeKeys {
  /** Whether there is any. */
  readonly isEmpty: boolean;
  /** To be told when a reply that is too large was one to these keys: several of them have to be read one by one to find out. */
  add(keys: readonly string[]): void;
  /** `large` = not to be read now; `suspect` = to be read by itself. */
  stateOf(key: string): 'large' | 'suspect' | undefined;
  /** To be told when there is another value, or the value was read. */
  forget(key: string): void;
  forgetAll(): void;
}

/** @param nowMs - the time, for tests */
export function createLargeKeys(nowMs = () => performance.now()): LargeKeys {
  const suspects = new Map<string, true>();
  /** Until when. */
  const large = new Map<string, number>();

  return {
    get isEmpty() {
      return suspects.size === 0 && large.size === 0;
    },
    add(keys) {
      for (const key of keys) {
        if (keys.length > 1) {
          keep(suspects, key, true);
          continue;
        }
        suspects.delete(key);
        keep(large, key, nowMs() + PAUSE_MS);
      }
    },
    stateOf(key) {
      const untilMs = large.get(key);
      if (untilMs !== undefined) return untilMs > nowMs() ? 'large' : 'suspect';
      return suspects.has(key) ? 'suspect' : undefined;
    },
    forget(key) {
      suspects.delete(key);
      large.delete(key);
    },
    forgetAll() {
      suspects.clear();
      large.clear();
    },
  };
}

/** What an operation on such a key fails with. */
export function toTooLargeError(serverName: string): CacheError {
  return new CacheError(
    'CACHE_TOO_LARGE',
    `${serverName} holds a value that is larger than what is read: the key is not read for a minute, or until it is set`,
  );
}

/** The oldest goes when there are too many. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  const [oldest] = map.keys();
  if (map.size >= MAX_KEYS && oldest !== undefined) map.delete(oldest);
  // A key can be part of a larger text, which would be kept alive with it.
  map.set(Buffer.from(key, 'latin1').toString('latin1'), value);
}
