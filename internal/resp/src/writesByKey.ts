import type { RespReply } from './respClient';

/** A write that is on its way. */
export interface RoutedWrite {
  /** What a later write of the key comes to, once one was sent: this one must not be sent once more from then on. */
  readonly overtakenBy: Promise<RespReply> | undefined;
}

/**
 * The writes that are on their way to the nodes of a cluster. Those of one key can be at different nodes while its slot moves,
 * and an older one that is redirected late must not land on a newer one.
 */
export interface WritesByKey {
  /** What `send` comes to; or what a later write of the key comes to, as soon as that has succeeded. */
  run(slot: number, key: string, send: (write: RoutedWrite) => Promise<RespReply>): Promise<RespReply>;
}

/** By slot, since a map by key, which each write would enter and leave, costs many times as much. */
export function createWritesByKey(slotCount: number): WritesByKey {
  return new SlotLists(slotCount);
}

class Write implements RoutedWrite {
  overtakenBy: Promise<RespReply> | undefined;
  /** Of the same key. */
  older: Write | undefined;
  newer: Write | undefined;
  /** Of the same slot. */
  previous: Write | undefined;
  next: Write | undefined;
  resolve: (reply: RespReply) => void = () => {};

  constructor(readonly key: string) {}
}

class SlotLists implements WritesByKey {
  /** The latest write of each slot. */
  readonly #latest: (Write | undefined)[];

  constructor(slotCount: number) {
    this.#latest = new Array<Write | undefined>(slotCount).fill(undefined);
  }

  run(slot: number, key: string, send: (write: RoutedWrite) => Promise<RespReply>): Promise<RespReply> {
    const write = new Write(key);
    const result = new Promise<RespReply>((resolve, reject) => {
      write.resolve = resolve;
      this.#enter(slot, write);
      send(write).then(
        reply => {
          resolve(reply);
          this.#replace(slot, write, reply);
          this.#leave(slot, write);
        },
        (error: unknown) => {
          reject(error);
          this.#leave(slot, write);
        },
      );
    });
    if (write.older) write.older.overtakenBy = result;
    return result;
  }

  #enter(slot: number, write: Write): void {
    const latest = this.#latest[slot];
    this.#latest[slot] = write;
    if (!latest) return;
    write.next = latest;
    latest.previous = write;
    let other: Write | undefined = latest;
    while (other && other.key !== write.key) other = other.next;
    if (!other) return;
    write.older = other;
    other.newer = write;
  }

  /** Whoever waits for an older one need not wait for its node: it was written, and then replaced. */
  #replace(slot: number, { older }: Write, reply: RespReply): void {
    for (let write = older; write;) {
      const before: Write | undefined = write.older;
      write.resolve(reply);
      // Its own end may be long in coming, and it is known as overtaken.
      this.#leave(slot, write);
      write = before;
    }
  }

  /** Can be called again. */
  #leave(slot: number, write: Write): void {
    const { older, newer, previous, next } = write;
    if (previous) previous.next = next;
    else if (this.#latest[slot] === write) this.#latest[slot] = next;
    if (next) next.previous = previous;
    if (newer) newer.older = older;
    if (older) older.newer = newer;
    write.previous = write.next = write.older = write.newer = undefined;
  }
}
