import { Waiting } from './deadlines';
import type { JsonValue } from './jsonValue';
import type { CacheOperation } from './observer';
import type { PluginKeys } from './staleKeys';

/** An operation whose answer comes later. */
export abstract class Operation<Result> extends Waiting {
  /** Of the value; 0 for what sends none. */
  abstract readonly characters: number;
  #resolve: ((result: Result) => void) | undefined;

  constructor(
    readonly plugin: PluginKeys,
    readonly name: CacheOperation['operation'],
    readonly key: string,
  ) {
    super();
  }

  /** What the plugin is given. */
  result(): Promise<Result> {
    return new Promise(resolve => {
      this.#resolve = resolve;
    });
  }

  /** Lets go of the result. */
  settle(result: Result): void {
    const resolve = this.#resolve;
    // Where many live long, V8 makes such objects in its old generation. What they hold is kept until that is collected, and what
    // is kept makes all that comes after it dearer: gets of 50 KB took 1.6 times the CPU.
    this.#resolve = undefined;
    resolve?.(result);
  }
}

export class Read extends Operation<JsonValue | undefined> {
  readonly characters = 0;
}

export class Write extends Operation<undefined> {
  constructor(
    plugin: PluginKeys,
    name: CacheOperation['operation'],
    key: string,
    readonly characters: number,
    /** Later writes have higher ones. */
    readonly number: number,
  ) {
    super(plugin, name, key);
  }
}
