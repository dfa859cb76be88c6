import type { Waiting } from './deadlines';
import { Write } from './operation';

/**
 * The keys that have a write under way. An index would cost each write a tenth of its time and is rarely needed, so it is built
 * when it is first asked for, and dropped when no write is left in it.
 */
export interface WritesUnderWay {
  sent(write: Write): void;
  /** The write has ended, in whatever way. */
  ended(write: Write): void;
  /** The latest write of a key that is under way. */
  newestOf(key: string): Write | undefined;
}

/** `findOldest`: the operation that has waited longest, linked to those after it. */
export function createWritesUnderWay(findOldest: () => Waiting | undefined): WritesUnderWay {
  let newest: Map<string, Write> | undefined;

  function find(): Map<string, Write> {
    const found = new Map<string, Write>();
    for (let waiting = findOldest(); waiting; waiting = waiting.next) {
      if (waiting instanceof Write && waiting.number > (found.get(waiting.key)?.number ?? 0))
        found.set(waiting.key, waiting);
    }
    return found;
  }

  return {
    sent(write) {
      newest?.set(write.key, write);
    },
    ended(write) {
      if (!newest) return;
      if (newest.get(write.key) === write) newest.delete(write.key);
      if (newest.size === 0) newest = undefined;
    },
    newestOf: key => (newest ??= find()).get(key),
  };
}
