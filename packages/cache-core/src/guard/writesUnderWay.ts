import type { Waiting } from './deadlines';
import { Write } from './operation';

/**
 * Which keys have a write on its way. That is asked for seldom, and to keep it would cost each write a tenth of what it takes:
 * it is found out when it is first asked for, and kept from then on until there is none.
 */
export interface WritesUnderWay {
  /** To be called when a write is sent, and once more when it has ended in whatever way. */
  sent(write: Write): void;
  ended(write: Write): void;
  /** The latest one of a key. */
  newestOf(key: string): Write | undefined;
}

/** `findOldest`: what waits for an answer, from the oldest on. */
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
