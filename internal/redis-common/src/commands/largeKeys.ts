/** How long a key is not read after its value was too large. */
const PAUSE_MS = 60_000;
const MAX_KEYS = 1000;

/**
 * Keys whose values may be too large to read. Such a value ends the connection and fails all operations on it, which
 * must not happen at every read.
 */
export interface LargeKeys {
  /** Whether there are no such keys. */
  readonly isEmpty: boolean;
  /** Call when the reply for these keys was too large. A single key is `large`; of several, each is a `suspect`. */
  add(keys: readonly string[]): void;
  /** `large` = do not read it now; `suspect` = read it by itself. */
  stateOf(key: string): 'large' | 'suspect' | undefined;
  /** Call when the key was set, deleted or read. */
  forget(key: string): void;
  forgetAll(): void;
}

/** @param nowMs - The clock, in ms; tests pass their own. */
export function createLargeKeys(nowMs = () => performance.now()): LargeKeys {
  const suspects = new Map<string, true>();
  /** Large keys, each with the time at which it may be read again. */
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

/** Drops the oldest entry when the map is full. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  const [oldest] = map.keys();
  if (map.size >= MAX_KEYS && oldest !== undefined) map.delete(oldest);
  // Copies the key, because it can be a slice that keeps a larger string in memory.
  map.set(Buffer.from(key, 'latin1').toString('latin1'), value);
}
