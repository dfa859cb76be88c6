/** A key is kept for this time at least, and for twice as long at most. */
const KEPT_MS = 5000;
const MAX_KEYS = 10_000;

/** Keys written in the last seconds, which a failover may have lost. Bounded in number and in time. */
export interface RecentWrites {
  /** Adds the keys that a command writes. */
  add(args: readonly string[]): void;
  /** Call regularly while the master is connected: older writes have reached its replicas by then. */
  age(): void;
  has(key: string): boolean;
  /** Returns all keys and forgets them. */
  take(): readonly string[];
}

export function createRecentWrites(): RecentWrites {
  let newer = new Set<string>();
  let older = new Set<string>();
  let sinceMs = performance.now();

  function rotate(): void {
    older = newer;
    newer = new Set();
    sinceMs = performance.now();
  }

  return {
    add(args) {
      const [command] = args;
      if (command === 'GET' || command === 'MGET') return;
      const end = command === 'SET' ? 2 : args.length;
      for (let index = 1; index < end; index++) newer.add(args[index] ?? '');
      if (newer.size >= MAX_KEYS) rotate();
    },
    age() {
      if (performance.now() - sinceMs >= KEPT_MS) rotate();
    },
    has: key => newer.has(key) || older.has(key),
    take() {
      const keys = [...older, ...newer];
      older = new Set();
      rotate();
      older = new Set();
      return [...new Set(keys)];
    },
  };
}
