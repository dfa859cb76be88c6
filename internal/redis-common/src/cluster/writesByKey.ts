import type { RespReply } from '../connection/clientAdapter';

/** A write in flight. */
export interface RoutedWrite {
  /** The result of a later write of the key, once one was sent. From then on this write must not be sent again. */
  readonly overtakenBy: Promise<RespReply> | undefined;
}

/**
 * Writes in flight to the nodes of a cluster. While a slot moves, two writes of one key can be at different nodes. The older
 * one must not overwrite the newer one when it is redirected late.
 */
export interface WritesByKey {
  /** Settles like `send`. If a later write of the key succeeds first, resolves with the reply to that write. */
  run(slot: number, key: string, send: (write: RoutedWrite) => Promise<RespReply>): Promise<RespReply>;
}

/** Keeps a linked list per slot: a map by key would make adding and removing a write cost many times as much. */
export function createWritesByKey(slotCount: number): WritesByKey {
  return new SlotLists(slotCount);
}

class Write implements RoutedWrite {
  overtakenBy: Promise<RespReply> | undefined;
  /** Neighbors with the same key. */
  older: Write | undefined;
  newer: Write | undefined;
  /** Neighbors in the same slot. */
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
          this.#settleOlder(slot, write, reply);
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

  /** Settles older writes of the key: this one has replaced their values, so their nodes need not answer. */
  #settleOlder(slot: number, { older }: Write, reply: RespReply): void {
    for (let write = older; write;) {
      const before: Write | undefined = write.older;
      write.resolve(reply);
      // Its node may answer much later. `overtakenBy` then keeps it from being sent again.
      this.#leave(slot, write);
      write = before;
    }
  }

  /** Removes the write from its lists. A second call does nothing. */
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
