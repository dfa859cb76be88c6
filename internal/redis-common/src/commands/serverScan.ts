import { CacheError, isCacheError } from '@greenroom/cache-core';
import type { CommandSender, RespReply } from '../connection/clientAdapter';
import { failureOf } from '../errors/serverFailure';
import { toGlobPattern } from './globPattern';
import { isRefused } from './keyRemoval';

/** Most keys that one SCAN looks at: a longer SCAN would delay other clients. */
export const MAX_KEYS_OF_SCAN = 500;
/** Pause after a SCAN that ended the connection. It doubles with each further one. */
const MIN_SCAN_PAUSE_MS = 30_000;
const MAX_SCAN_PAUSE_MS = 60 * 60_000;
/** Keys of a cache are never longer. Longer keys belong to other applications and are left out. */
const MAX_KEY_LENGTH = 1000;

/** The keys that one SCAN has found, and the cursor of the next one; 0 means the end. */
interface ScannedKeys {
  readonly keys: readonly string[];
  readonly cursor: string;
}

/** Goes through the keys of servers by SCAN. */
export interface ServerScan {
  /** Resolves to the keys that start with the prefix, without duplicates. Rejects with CACHE_REFUSED where SCAN cannot be used. */
  next(client: CommandSender, prefix: string, cursor: string, count: number): Promise<ScannedKeys>;
}

/** Some proxies close the connection at SCAN. Each time is an outage, so the pause before the next SCAN doubles. */
export function createServerScan(storeName: string): ServerScan {
  return new Scan(storeName);
}

class Scan implements ServerScan {
  readonly #storeName: string;
  /** Set once a SCAN has been answered: a connection that ends at a later SCAN is an outage, not a refusal. */
  #isProven = false;
  /** How many SCANs ended the connection. */
  #lost = 0;
  #fromMs = 0;

  constructor(storeName: string) {
    this.#storeName = storeName;
  }

  async next(client: CommandSender, prefix: string, cursor: string, count: number): Promise<ScannedKeys> {
    const options = ['MATCH', toGlobPattern(prefix), 'COUNT', String(Math.min(count, MAX_KEYS_OF_SCAN))];
    const reply = await this.#send(client, ['SCAN', cursor, ...options]);
    const [next, keys] = Array.isArray(reply) ? (reply as readonly RespReply[]) : [];
    const found = Array.isArray(keys) ? keys.map(String) : [];
    const isOwn = (key: string) => key.startsWith(prefix) && key.length > 0 && key.length <= MAX_KEY_LENGTH;
    return { keys: [...new Set(found.filter(isOwn))], cursor: String(next ?? '0') };
  }

  async #send(client: CommandSender, args: readonly string[]): Promise<RespReply> {
    if (performance.now() < this.#fromMs) throw this.#toError('ends the connection at SCAN');
    try {
      const reply = await client.send(args);
      this.#isProven = true;
      return reply;
    } catch (error) {
      // The error names the right that is missing.
      if (isCacheError(error, 'CACHE_AUTH')) throw error;
      if (isRefused(error)) throw this.#toError('refuses SCAN');
      if (failureOf(error).isLost && !this.#isProven) {
        const pauseMs = Math.min(MIN_SCAN_PAUSE_MS * 2 ** this.#lost++, MAX_SCAN_PAUSE_MS);
        this.#fromMs = performance.now() + pauseMs;
      }
      throw error;
    }
  }

  #toError(what: string): CacheError {
    const who = `${this.#storeName}, or a proxy in front of it,`;
    return new CacheError('CACHE_REFUSED', `${who} ${what}, without which entries cannot be listed or cleared`);
  }
}
