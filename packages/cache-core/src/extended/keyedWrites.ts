import type { Awaitable } from '../contract/awaitable';

/** Runs the writes of one key one after another, because the cache below may reorder writes that overlap. */
export interface KeyedWrites {
  /** Writes when the earlier writes of the key have settled; at once when there are none. */
  write(key: string, write: () => Awaitable<void>): Promise<void>;
  /** Resolves when the writes of the key that are under way have settled; `undefined` when there are none. */
  settled(key: string): Promise<unknown> | undefined;
}

export function createKeyedWrites(): KeyedWrites {
  /** The latest write of each key with writes under way. Its promise never rejects. */
  const latest = new Map<string, Promise<unknown>>();

  return {
    write(key, write) {
      const before = latest.get(key);
      const written = before ? before.then(write) : attempt(write);
      const settled = written
        .catch(() => {})
        .then(() => {
          if (latest.get(key) === settled) latest.delete(key);
        });
      latest.set(key, settled);
      return written;
    },
    settled: key => latest.get(key),
  };
}

async function attempt(run: () => Awaitable<void>): Promise<void> {
  return run();
}
