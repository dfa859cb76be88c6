import type { StoredEntry } from '@greenroom/cache-core';
import type { CommandSender, RespReply } from '../connection/clientAdapter';
import { failureOf } from '../errors/serverFailure';

/** Keys per batch of detail commands: other commands wait while the server answers a batch. */
const KEYS_AT_ONCE = 100;
/** Matches replies that refuse the command itself, and not only this key or its type. */
const commandRefused = /^(?:NOPERM .*\brun\b|ERR unknown command)/i;
const EXPIRED = -2;
const WITHOUT_EXPIRY = -1;

/** Asks a server for the sizes and expiries of entries. */
export interface EntryDetails {
  /** Resolves to the entries that still exist. Rejects only when the connection is lost. */
  read(client: CommandSender, keys: readonly string[]): Promise<readonly StoredEntry[]>;
}

/** Reads the details for one listing. A command that the server has refused, such as for a missing right, is not sent again. */
export function createEntryDetails(): EntryDetails {
  return new DetailsReader();
}

class DetailsReader implements EntryDetails {
  readonly #refused = new Set<string>();

  async read(client: CommandSender, keys: readonly string[]): Promise<readonly StoredEntry[]> {
    const entries: StoredEntry[] = [];
    for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
      const part = keys.slice(start, start + KEYS_AT_ONCE);
      const [times, sizes] = await Promise.all([this.#ask(client, 'PTTL', part), this.#ask(client, 'STRLEN', part)]);
      part.forEach((key, index) => {
        const time = times[index];
        const size = sizes[index];
        if (time === EXPIRED) return;
        const expiresInMs = time === WITHOUT_EXPIRY ? null : time;
        entries.push({
          key,
          ...(size !== undefined && { bytes: Buffer.byteLength(key) + size }),
          ...(expiresInMs !== undefined && { expiresInMs }),
        });
      });
    }
    return entries;
  }

  /**
   * Resolves to a number for each key, or `undefined` if there is none: the value is not a string, or the key has moved to another
   * server.
   */
  async #ask(
    client: CommandSender,
    command: string,
    keys: readonly string[],
  ): Promise<readonly (number | undefined)[]> {
    if (this.#refused.has(command)) return [];
    const answers = keys.map(key =>
      client.send([command, key]).then(toNumber, (error: unknown) => {
        const { reply } = failureOf(error);
        if (reply === undefined) throw error;
        if (commandRefused.test(reply)) this.#refused.add(command);
        return undefined;
      }),
    );
    return Promise.all(answers);
  }
}

function toNumber(reply: RespReply): number | undefined {
  return typeof reply === 'number' ? reply : undefined;
}
