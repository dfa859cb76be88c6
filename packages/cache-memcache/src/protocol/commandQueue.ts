/** A command in flight, as the library describes it. Only the fields that are used here. */
export interface Command {
  /** `line` accepts any line as its reply. */
  readonly type: 'get' | 'set' | 'add' | 'delete' | 'version' | 'line';
  readonly key?: string | undefined;
  /** Called once. The result is the text for `get`, the reply for `add` and `line`. */
  readonly callback: (error?: Error, result?: string) => void;
}

/** Commands in the order in which they were written, which is the order of the replies. */
export interface CommandQueue {
  readonly length: number;
  push(command: Command): void;
  shift(): Command | undefined;
}

export function createCommandQueue(): CommandQueue {
  return new ArrayQueue();
}

/** Skips used elements at the front of an array: shifting a long array would move all its elements each time. */
class ArrayQueue implements CommandQueue {
  #commands: (Command | undefined)[] = [];
  #usedUp = 0;

  get length(): number {
    return this.#commands.length - this.#usedUp;
  }

  push(command: Command): void {
    this.#commands.push(command);
  }

  shift(): Command | undefined {
    const command = this.#commands[this.#usedUp];
    if (!command) return undefined;
    this.#commands[this.#usedUp++] = undefined;
    if (this.length === 0 || this.#usedUp > 1024) {
      this.#commands = this.#commands.slice(this.#usedUp);
      this.#usedUp = 0;
    }
    return command;
  }
}
