import { isCacheError } from '@greenroom/cache-core';
import type { ClientLibrary, RespReply } from './respClient';

/** Removes keys by UNLINK or by DEL. */
export interface KeyRemoval {
  /** One command, or a second one in its place, for keys that one command can name. */
  remove(keys: readonly string[], send: (words: readonly string[]) => Promise<RespReply>): Promise<RespReply>;
  /** To be called when a key is set: no second command may remove what it has now. */
  isSet(key: string): void;
  /** To be called when a command has failed: UNLINK may be forbidden from now on. */
  failed(error: unknown): void;
}

/**
 * Old servers and some proxies do not know UNLINK, and an administrator may have renamed or forbidden it. Until it has been
 * answered once, whatever is refused, or ends the connection, is DEL from then on.
 */
export function createKeyRemoval(library: ClientLibrary, useUnlink: boolean): KeyRemoval {
  return new TriedRemoval(library, useUnlink);
}

class TriedRemoval implements KeyRemoval {
  readonly #library: ClientLibrary;
  #command: 'UNLINK' | 'DEL';
  #isProved: boolean;
  /** Keys that UNLINK was sent for, each with the command that was last, until it is proved. */
  readonly #unlinked = new Map<string, readonly string[]>();

  constructor(library: ClientLibrary, useUnlink: boolean) {
    this.#library = library;
    this.#command = useUnlink ? 'UNLINK' : 'DEL';
    this.#isProved = !useUnlink;
  }

  remove(keys: readonly string[], send: (words: readonly string[]) => Promise<RespReply>): Promise<RespReply> {
    return this.#isProved ? send([this.#command, ...keys]) : this.#tryUnlink(keys, send);
  }

  isSet(key: string): void {
    if (this.#unlinked.size > 0) this.#unlinked.delete(key);
  }

  failed(error: unknown): void {
    if (this.#command === 'UNLINK' && isRefused(this.#library, error)) this.#isProved = false;
  }

  async #tryUnlink(
    keys: readonly string[],
    send: (words: readonly string[]) => Promise<RespReply>,
  ): Promise<RespReply> {
    const words = ['UNLINK', ...keys];
    for (const key of keys) this.#unlinked.set(key, words);
    try {
      const reply = await send(words);
      // A removal that a later set has overtaken is answered as that is, and may not have been sent.
      if (typeof reply === 'number') this.#isProved = true;
      return reply;
    } catch (error) {
      if (!isRefused(this.#library, error)) {
        if (isLost(this.#library, error)) this.#prove('DEL');
        throw error;
      }
      const left = keys.filter(key => this.#unlinked.get(key) === words);
      const reply = left.length > 0 ? await send(['DEL', ...left]) : 0;
      this.#prove('DEL');
      return reply;
    } finally {
      for (const key of keys) if (this.#unlinked.get(key) === words) this.#unlinked.delete(key);
    }
  }

  #prove(command: 'DEL'): void {
    this.#command = command;
    this.#isProved = true;
  }
}

/** The server has refused the command as such, and would any other time. */
export function isRefused(library: ClientLibrary, error: unknown): error is Error {
  if (!library.isErrorReply(error)) return false;
  return error.message.startsWith('NOPERM') || library.toCacheError(error).code === 'CACHE_REFUSED';
}

/** The connection has ended before there was a reply, perhaps because of the command. */
export function isLost(library: ClientLibrary, error: unknown): boolean {
  return !isCacheError(error) && !library.isErrorReply(error);
}
