import { isCacheError } from '@greenroom/cache-core';
import type { RespReply } from '../connection/clientAdapter';
import { failureOf } from '../errors/serverFailure';

/** Removes keys by UNLINK or by DEL. */
export interface KeyRemoval {
  /** Sends UNLINK, or DEL where UNLINK is refused. The keys go into one command, so in a cluster they must share a slot. */
  remove(keys: readonly string[], send: (args: readonly string[]) => Promise<RespReply>): Promise<RespReply>;
  /** Call when a key is set: a DEL that is sent later must not remove the new value. */
  noteSet(key: string): void;
  /** Call when a command has failed: UNLINK may be forbidden from now on. */
  noteFailure(error: unknown): void;
}

/**
 * Old servers and some proxies do not know UNLINK, and administrators rename or forbid it. As long as no UNLINK has succeeded, one that
 * is refused or ends the connection switches to DEL from then on.
 */
export function createKeyRemoval(useUnlink: boolean): KeyRemoval {
  return new TriedRemoval(useUnlink);
}

class TriedRemoval implements KeyRemoval {
  #command: 'UNLINK' | 'DEL';
  #isProven: boolean;
  /** While UNLINK is not proven: the keys of the UNLINKs in flight, each with the latest such command. */
  readonly #unlinked = new Map<string, readonly string[]>();

  constructor(useUnlink: boolean) {
    this.#command = useUnlink ? 'UNLINK' : 'DEL';
    this.#isProven = !useUnlink;
  }

  remove(keys: readonly string[], send: (args: readonly string[]) => Promise<RespReply>): Promise<RespReply> {
    return this.#isProven ? send([this.#command, ...keys]) : this.#tryUnlink(keys, send);
  }

  noteSet(key: string): void {
    if (this.#unlinked.size > 0) this.#unlinked.delete(key);
  }

  noteFailure(error: unknown): void {
    if (this.#command === 'UNLINK' && isRefused(error)) this.#isProven = false;
  }

  async #tryUnlink(keys: readonly string[], send: (args: readonly string[]) => Promise<RespReply>): Promise<RespReply> {
    const args = ['UNLINK', ...keys];
    for (const key of keys) this.#unlinked.set(key, args);
    try {
      const reply = await send(args);
      // A removal that a later set overtakes gets the reply of the set, and may never have been sent.
      if (typeof reply === 'number') this.#isProven = true;
      return reply;
    } catch (error) {
      if (!isRefused(error)) {
        if (failureOf(error).isLost) this.#switchToDel();
        throw error;
      }
      const left = keys.filter(key => this.#unlinked.get(key) === args);
      const reply = left.length > 0 ? await send(['DEL', ...left]) : 0;
      this.#switchToDel();
      return reply;
    } finally {
      for (const key of keys) if (this.#unlinked.get(key) === args) this.#unlinked.delete(key);
    }
  }

  #switchToDel(): void {
    this.#command = 'DEL';
    this.#isProven = true;
  }
}

/** Whether the server refuses the command itself, so that it would refuse a later one too. */
export function isRefused(error: unknown): boolean {
  const { reply } = failureOf(error);
  return reply !== undefined && (reply.startsWith('NOPERM') || isCacheError(error, 'CACHE_REFUSED'));
}
