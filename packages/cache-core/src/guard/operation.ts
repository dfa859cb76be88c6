import type { Awaitable } from '../contract/awaitable';
import type { JsonValue } from '../contract/jsonValue';
import type { CacheOperation } from '../contract/observer';
import type { PluginKeys } from '../keys/storedKey';
import type { NearCopies } from '../near/nearCopies';
import type { Entry } from '../values/entry';
import { Waiting } from './deadlines';

/** A call of a plugin whose answer comes later. */
export abstract class Operation<Result> extends Waiting {
  /** When it entered the backlog; 0 = it was sent at once. */
  queuedAtMs = 0;
  #resolve: ((result: Result) => void) | undefined;

  constructor(
    readonly plugin: PluginKeys,
    readonly name: CacheOperation['operation'],
    readonly key: string,
    /** Length of the value that is sent, or is expected in the answer. */
    readonly characters: number,
  ) {
    super();
  }

  /** The promise that the plugin gets. */
  result(): Promise<Result> {
    return new Promise(resolve => {
      this.#resolve = resolve;
    });
  }

  /** Resolves the promise of the plugin, and keeps no reference to the promise or the result. */
  settle(result: Result): void {
    const resolve = this.#resolve;
    // V8 allocates objects of a kind that often lives long in its old generation. What they refer to survives until the old generation is
    // collected, and each minor collection copies it: with the reference, gets of 50 KB took 1.6 times the CPU.
    this.#resolve = undefined;
    resolve?.(result);
  }
}

/** A read of an entry rather than of its value alone. */
export interface EntryRead {
  /** Where the frozen value is kept; absent when no frozen value will be asked for. */
  readonly copies?: NearCopies | undefined;
  /** Whether a stale entry is of no use, and so counts as a miss. */
  readonly isFreshOnly?: boolean;
  /** What the read resolves with when the store does not answer. */
  readonly fallback?: Entry | undefined;
}

export const plainRead: EntryRead = {};

/** A read of the value, or with `entryRead` of the entry. */
export class Read extends Operation<JsonValue | Entry | undefined> {
  constructor(
    plugin: PluginKeys,
    name: CacheOperation['operation'],
    key: string,
    characters: number,
    readonly entryRead: EntryRead | undefined = undefined,
  ) {
    super(plugin, name, key, characters);
  }
}

/** `isAcknowledged`: whether the store has confirmed the write. */
export type WriteSettled = (isAcknowledged: boolean) => void;

export class Write extends Operation<undefined> {
  /** Hands the write to the driver; present while the write waits in the backlog. */
  send: (() => Awaitable<void>) | undefined = undefined;

  constructor(
    plugin: PluginKeys,
    name: CacheOperation['operation'],
    key: string,
    characters: number,
    /** Later writes have higher numbers. */
    readonly number: number,
    /** Called once when the write has ended, before the promise of the plugin resolves. */
    readonly settled: WriteSettled | undefined = undefined,
  ) {
    super(plugin, name, key, characters);
  }
}
