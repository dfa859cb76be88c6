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
  /** Resolves when the writes under way whose keys start with the prefix have ended; `undefined` when there are none. */
  whenEnded(prefix: string): Promise<void> | undefined;
}

/** `findOldest`: the operation that has waited longest, linked to those after it. */
export function createWritesUnderWay(findOldest: () => Waiting | undefined): WritesUnderWay {
  let newest: Map<string, Write> | undefined;
  /** The writes that `whenEnded` waits for, each with the functions to call at its end. */
  const awaited = new Map<Write, (() => void)[]>();

  function* findAll(): Iterable<Write> {
    for (let waiting = findOldest(); waiting; waiting = waiting.next) if (waiting instanceof Write) yield waiting;
  }

  function find(): Map<string, Write> {
    const found = new Map<string, Write>();
    for (const write of findAll()) {
      if (write.number > (found.get(write.key)?.number ?? 0)) found.set(write.key, write);
    }
    return found;
  }

  return {
    sent(write) {
      newest?.set(write.key, write);
    },
    ended(write) {
      if (awaited.size > 0) {
        for (const tell of awaited.get(write) ?? []) tell();
        awaited.delete(write);
      }
      if (!newest) return;
      if (newest.get(write.key) === write) newest.delete(write.key);
      if (newest.size === 0) newest = undefined;
    },
    newestOf: key => (newest ??= find()).get(key),
    whenEnded(prefix) {
      const writes = [...findAll()].filter(({ key }) => key.startsWith(prefix));
      if (writes.length === 0) return undefined;
      return new Promise(resolve => {
        let left = writes.length;
        const tell = () => void (--left === 0 && resolve());
        for (const write of writes) awaited.set(write, [...(awaited.get(write) ?? []), tell]);
      });
    },
  };
}
