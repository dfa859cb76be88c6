/** Those of before are forgotten after this time, or twice as much. */
const KEPT_MS = 5000;
const MAX_KEYS = 10_000;

/** Keys that were written lately: what a failover can have lost. Bounded in number and in time. */
export interface RecentWrites {
  /** `words`: a command. */
  add(words: readonly string[]): void;
  /** To be called again and again while the server is there: what was written long ago is safe. */
  age(): void;
  has(key: string): boolean;
  /** All of them, which are forgotten with this. */
  take(): readonly string[];
}

export function createRecentWrites(): RecentWrites {
  let newer = new Set<string>();
  let older = new Set<string>();
  let sinceMs = performance.now();

  function turn(): void {
    older = newer;
    newer = new Set();
    sinceMs = performance.now();
  }

  return {
    add(words) {
      const [command] = words;
      if (command === 'GET' || command === 'MGET') return;
      const end = command === 'SET' ? 2 : words.length;
      for (let index = 1; index < end; index++) newer.add(words[index] ?? '');
      if (newer.size >= MAX_KEYS) turn();
    },
    age() {
      if (performance.now() - sinceMs >= KEPT_MS) turn();
    },
    has: key => newer.has(key) || older.has(key),
    take() {
      const keys = [...older, ...newer];
      older = new Set();
      turn();
      older = new Set();
      return [...new Set(keys)];
    },
  };
}
