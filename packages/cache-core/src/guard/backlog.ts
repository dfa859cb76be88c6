import type { Waiting } from './deadlines';
import { Write } from './operation';
import type { Read } from './operation';

/** Limit of what may wait: characters of keys and values, plus a fixed share for each operation. */
const MAX_CHARACTERS = 256 * 1024 * 1024;
/** Memory of an operation without key and value, in characters. */
const CHARACTERS_EACH = 256;

/** Operations that wait to be sent, in the order in which they were issued. */
export interface Backlog {
  readonly isEmpty: boolean;
  /** Whether nothing may be added until some operations have left. */
  readonly isFull: boolean;
  push(operation: Read | Write): void;
  shift(): Read | Write | undefined;
  /** All operations, in order. */
  all(): Iterable<Read | Write>;
}

export function createBacklog(): Backlog {
  return new LinkedBacklog();
}

/** Links operations by the same fields as the list of deadlines, which uses them after the operations are sent. */
class LinkedBacklog implements Backlog {
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #characters = 0;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  get isFull(): boolean {
    return this.#characters >= MAX_CHARACTERS;
  }

  push(operation: Read | Write): void {
    if (this.#last) this.#last.next = operation;
    else this.#first = operation;
    this.#last = operation;
    this.#characters += charactersOf(operation);
  }

  shift(): Read | Write | undefined {
    // The cast is safe: only `push` adds to the list.
    const operation = this.#first as Read | Write | undefined;
    if (!operation) return undefined;
    this.#first = operation.next;
    if (!this.#first) this.#last = undefined;
    operation.next = undefined;
    this.#characters -= charactersOf(operation);
    return operation;
  }

  *all(): Iterable<Read | Write> {
    for (let next = this.#first; next; next = next.next) yield next as Read | Write;
  }
}

function charactersOf(operation: Read | Write): number {
  const ofValue = operation instanceof Write ? operation.characters : 0;
  return operation.key.length + ofValue + CHARACTERS_EACH;
}
