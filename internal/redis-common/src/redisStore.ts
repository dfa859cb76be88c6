import { CacheError, isCacheError } from '@greenroom/cache-core';
import type { CacheDriver, DriverHost } from '@greenroom/cache-core';
import { clientOptions } from './config/clientSettings';
import type { ClientSettings } from './config/clientSettings';
import { connectToTopology } from './connectToTopology';
import { askForCredentials, withCredentials } from './connection/askForCredentials';
import type { GetCredentials } from './config/credentials';
import { toGlobPattern } from './commands/globPattern';
import { guardClients } from './connection/guardClients';
import { createKeyRemoval, isRefused } from './commands/keyRemoval';
import type { KeyRemoval } from './commands/keyRemoval';
import { createLargeKeys } from './commands/largeKeys';
import type { ClientAdapter, CommandSender, RespReply } from './connection/clientAdapter';
import type { StoreConnection } from './connection/storeConnection';
import { failureOf } from './errors/serverFailure';
import { toTooLargeError } from './errors/tooLargeError';
import type { Topology } from './config/topology';
import { toTopologyName } from './errors/topologyName';

/** Pause after a SCAN that ended the connection. It doubles with each further one. */
const MIN_SCAN_PAUSE_MS = 30_000;
const MAX_SCAN_PAUSE_MS = 60 * 60_000;
/** Most keys of one removal: UNLINK frees texts at once, and 1,000 of 20 KB would hold others up for 10 ms. */
const MAX_KEYS_OF_REMOVAL = 100;

/** Options of a store over servers that speak RESP. */
export interface RedisStoreOptions extends ClientSettings {
  /** The servers of the store. */
  readonly topology: Topology;
  /** Replaces the user name and the password in `topology`. @defaultValue none */
  readonly getCredentials?: GetCredentials | undefined;
}

/** Stores entries in servers that speak RESP. Starts connecting at once. */
export function createRedisStore(adapter: ClientAdapter, options: RedisStoreOptions, host: DriverHost): CacheDriver {
  return new RedisStore(adapter, options, host);
}

class RedisStore implements CacheDriver {
  /** Absent in a cluster, where all keys of a command must be in one slot. */
  readonly getMany?: NonNullable<CacheDriver['getMany']>;
  readonly #name: string;
  readonly #removal: KeyRemoval;
  readonly #clearBatchSize: number;
  readonly #connection: StoreConnection;
  /** A SCAN has been answered: a connection that ends at a later one is an outage. */
  #isScanProven = false;
  /** How many SCANs ended the connection. */
  #scansLost = 0;
  #scanFromMs = 0;
  readonly #largeKeys = createLargeKeys();
  #closing: Promise<void> | undefined;

  constructor(adapter: ClientAdapter, options: RedisStoreOptions, host: DriverHost) {
    const {
      useUnlink = clientOptions.useUnlink.default,
      clearBatchSize = clientOptions.clearBatchSize.default,
      commandTimeoutMs = clientOptions.commandTimeout.default,
      connectTimeoutMs = clientOptions.connectTimeout.default,
    } = options;
    const { topology, getCredentials } = options;
    const clients = guardClients(adapter, topology.kind);
    this.#name = toTopologyName(adapter.serverName, topology);
    this.#removal = createKeyRemoval(useUnlink);
    this.#clearBatchSize = clearBatchSize;
    this.#connection = connectToTopology(
      // Around the guarded clients, which count the bytes of replies.
      getCredentials ? askForCredentials(clients) : clients,
      getCredentials ? withCredentials(topology, getCredentials) : topology,
      { commandTimeoutMs, connectTimeoutMs },
      host,
    );
    if (this.#connection.multiKey) this.getMany = keys => this.#getMany(keys);
  }

  get(key: string): Promise<string | undefined> {
    if (!this.#largeKeys.isEmpty) return this.#getApart(key);
    return this.#send(key, ['GET', key], toText);
  }

  set(key: string, value: string, ttlMs?: number): Promise<void> {
    if (!this.#largeKeys.isEmpty) this.#largeKeys.forget(key);
    this.#removal.noteSet(key);
    const args = ttlMs === undefined ? ['SET', key, value] : ['SET', key, value, 'PX', String(ttlMs)];
    return this.#send(key, args, toNothing);
  }

  add(key: string, value: string, ttlMs: number): Promise<boolean> {
    this.#removal.noteSet(key);
    return this.#send(key, ['SET', key, value, 'NX', 'PX', String(ttlMs)], isDone);
  }

  delete(key: string): Promise<void> {
    if (!this.#largeKeys.isEmpty) this.#largeKeys.forget(key);
    return this.#removal.remove([key], args => this.#connection.send(key, args)).then(toNothing, this.#fail);
  }

  clear(prefix: string, wasSetSince = (_key: string) => false): Promise<void> {
    this.#largeKeys.forgetAll();
    return this.#clear(prefix, wasSetSince).catch(this.#fail);
  }

  connections(): number {
    return this.#connection.connections();
  }

  close(): Promise<void> {
    this.#largeKeys.forgetAll();
    return (this.#closing ??= this.#connection.close());
  }

  async #clear(prefix: string, wasSetSince: (key: string) => boolean): Promise<void> {
    const found: string[] = [];
    // One batch is removed while the next one is scanned, never more than that.
    let removing: Promise<void> | undefined;
    const remove = async () => {
      await removing;
      removing = this.#remove(found.splice(0, this.#clearBatchSize).filter(key => !wasSetSince(key)));
      // The rejection is handled where `removing` is awaited.
      removing.catch(() => {});
    };
    const masters = await this.#connection.masters();
    // To and fro: a key of a slot that moves meanwhile is on its way from a master to one that is looked at after it.
    for (const master of [...masters, ...masters.slice(0, -1).reverse()]) {
      for await (const keys of this.#find(master, prefix)) {
        found.push(...keys);
        while (found.length >= this.#clearBatchSize) await remove();
      }
    }
    if (found.length > 0) await remove();
    await removing;
  }

  async #getApart(key: string): Promise<string | undefined> {
    if (this.#largeKeys.stateOf(key) === 'large') throw toTooLargeError(this.#name);
    const text = await this.#send(key, ['GET', key], toText);
    this.#largeKeys.forget(key);
    return text;
  }

  /** Keys whose values may be too large are read one by one, or not at all. */
  async #getManyApart(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    const usual = keys.filter(key => this.#largeKeys.stateOf(key) === undefined);
    const apart = keys.filter(key => this.#largeKeys.stateOf(key) === 'suspect');
    const [texts, ...others] = await Promise.all([
      usual.length > 0 ? this.#send(usual[0] ?? '', ['MGET', ...usual], toTexts) : [],
      ...apart.map(key => this.#getApart(key)),
    ]);
    const found = new Map(usual.map((key, index) => [key, texts[index]]));
    apart.forEach((key, index) => found.set(key, others[index]));
    return keys.map(key => found.get(key));
  }

  #getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    if (!this.#largeKeys.isEmpty) return this.#getManyApart(keys);
    return this.#send(keys[0] ?? '', ['MGET', ...keys], toTexts);
  }

  async *#find(master: CommandSender, prefix: string): AsyncGenerator<string[]> {
    let cursor = '0';
    do {
      const options = ['MATCH', toGlobPattern(prefix), 'COUNT', String(this.#clearBatchSize)];
      const reply = await this.#sendScan(master, ['SCAN', cursor, ...options]);
      const [next, keys] = Array.isArray(reply) ? (reply as readonly RespReply[]) : [];
      cursor = String(next ?? '0');
      yield (Array.isArray(keys) ? keys.map(String) : []).filter(key => key.startsWith(prefix));
    } while (cursor !== '0');
  }

  /** Some proxies close the connection at SCAN. Each time is an outage, so the pause before the next SCAN doubles. */
  async #sendScan(master: CommandSender, args: readonly string[]): Promise<RespReply> {
    if (performance.now() < this.#scanFromMs) throw this.#toCannotClearError('ends the connection at SCAN');
    try {
      const reply = await master.send(args);
      this.#isScanProven = true;
      return reply;
    } catch (error) {
      // The error names the right that is missing.
      if (isCacheError(error, 'CACHE_AUTH')) throw error;
      if (isRefused(error)) throw this.#toCannotClearError('refuses SCAN');
      if (failureOf(error).isLost && !this.#isScanProven) {
        const pauseMs = Math.min(MIN_SCAN_PAUSE_MS * 2 ** this.#scansLost++, MAX_SCAN_PAUSE_MS);
        this.#scanFromMs = performance.now() + pauseMs;
      }
      throw error;
    }
  }

  #toCannotClearError(what: string): CacheError {
    const who = `${this.#name}, or a proxy in front of it,`;
    return new CacheError('CACHE_REFUSED', `${who} ${what}, without which entries cannot be cleared`);
  }

  /** All commands are sent at once. In a cluster each key has its own: the keys of one command must be in one slot. */
  async #remove(keys: readonly string[]): Promise<void> {
    const size = this.#connection.multiKey ? MAX_KEYS_OF_REMOVAL : 1;
    const batches = Array.from({ length: Math.ceil(keys.length / size) }, (_, index) =>
      keys.slice(index * size, (index + 1) * size),
    );
    const remove = (batch: readonly string[]) =>
      this.#removal.remove(batch, args => this.#connection.send(batch[0] ?? '', args));
    await Promise.all(batches.map(remove));
  }

  #send<T>(key: string, args: readonly string[], toResult: (reply: RespReply) => T): Promise<T> {
    return this.#connection.send(key, args).then(toResult, this.#fail);
  }

  readonly #fail = (error: unknown): never => {
    const { reply, largeKeys } = failureOf(error);
    if (largeKeys) this.#largeKeys.add(largeKeys);
    this.#removal.noteFailure(error);
    if (reply?.startsWith('READONLY')) this.#connection.becameReadOnly();
    throw error;
  };
}

function toText(reply: RespReply): string | undefined {
  return typeof reply === 'string' ? reply : undefined;
}

function toTexts(reply: RespReply): readonly (string | undefined)[] {
  return (reply as readonly RespReply[]).map(toText);
}

function isDone(reply: RespReply): boolean {
  return reply === 'OK';
}

function toNothing(): void {}
