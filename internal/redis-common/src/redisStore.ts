import type {
  CacheDriver,
  ClearedEntries,
  ClearOptions,
  DriverHost,
  EntryListOptions,
  EntryPage,
} from '@greenroom/cache-core';
import { clientOptions } from './config/clientSettings';
import type { ClientSettings } from './config/clientSettings';
import { connectToTopology } from './connectToTopology';
import { askForCredentials, withCredentials } from './connection/askForCredentials';
import type { GetCredentials } from './config/credentials';
import { isUnreached, scanEntries } from './commands/entryScan';
import { guardClients } from './connection/guardClients';
import { createKeyRemoval } from './commands/keyRemoval';
import type { KeyRemoval } from './commands/keyRemoval';
import { createLargeKeys } from './commands/largeKeys';
import { createServerScan } from './commands/serverScan';
import type { ServerScan } from './commands/serverScan';
import type { ClientAdapter, CommandSender, RespReply } from './connection/clientAdapter';
import type { StoreConnection } from './connection/storeConnection';
import { failureOf } from './errors/serverFailure';
import { toTooLargeError } from './errors/tooLargeError';
import type { Topology } from './config/topology';
import { toTopologyName } from './errors/topologyName';

/** Most keys per removal command. UNLINK frees strings synchronously: 1,000 of 20 KB would delay other clients by 10 ms. */
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
  readonly #scan: ServerScan;
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
    this.#scan = createServerScan(this.#name);
    this.#clearBatchSize = clearBatchSize;
    this.#connection = connectToTopology(
      // Wraps the guarded clients, not the reverse: the guard counts the bytes of replies at the socket.
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

  clear(
    prefix: string,
    wasSetSince = (_key: string) => false,
    { allowsUnreached = false }: ClearOptions = {},
  ): Promise<ClearedEntries> {
    this.#largeKeys.forgetAll();
    return this.#clear(prefix, wasSetSince, allowsUnreached).catch(this.#fail);
  }

  async *entries(prefix: string, options: EntryListOptions): AsyncGenerator<EntryPage, void> {
    const masters = await this.#connection.masters();
    yield* scanEntries({ scan: this.#scan, masters, prefix, options });
  }

  servers(): readonly string[] {
    return this.#connection.servers();
  }

  connections(): number {
    return this.#connection.connections();
  }

  close(): Promise<void> {
    this.#largeKeys.forgetAll();
    return (this.#closing ??= this.#connection.close());
  }

  async #clear(
    prefix: string,
    wasSetSince: (key: string) => boolean,
    allowsUnreached: boolean,
  ): Promise<ClearedEntries> {
    const masters = await this.#connection.masters();
    const errors = new Map<string, unknown>();
    for (const master of masters) if (!master.client) errors.set(master.address, master.error);
    const fails = () => errors.size > 0 && (!allowsUnreached || errors.size === masters.length);
    let entries = 0;
    // Scans the masters there and back: keys of a slot that moves meanwhile can be missed in one direction, but not in both.
    for (const master of [...masters, ...masters.slice(0, -1).reverse()]) {
      if (fails()) break;
      if (!master.client) continue;
      try {
        for await (const removed of this.#clearServer(master.client, prefix, wasSetSince)) entries += removed;
        errors.delete(master.address);
      } catch (error) {
        if (!isUnreached(master, error)) throw error;
        errors.set(master.address, error);
      }
    }
    if (fails()) throw errors.values().next().value;
    return { entries, ...(errors.size > 0 && { unreached: [...errors.keys()] }) };
  }

  /** Yields numbers of removed keys. The keys that one SCAN has found are removed during the next one, so no more are kept in memory. */
  async *#clearServer(
    client: CommandSender,
    prefix: string,
    wasSetSince: (key: string) => boolean,
  ): AsyncGenerator<number, void> {
    let cursor = '0';
    let removing: Promise<number> | undefined;
    do {
      const found = await this.#scan.next(client, prefix, cursor, this.#clearBatchSize);
      cursor = found.cursor;
      yield (await removing) ?? 0;
      removing = this.#remove(found.keys, wasSetSince);
      // The rejection is handled where `removing` is awaited.
      removing.catch(() => {});
    } while (cursor !== '0');
    yield await removing;
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

  /**
   * Returns how many keys existed. The parts are sent one after another, because a server processes all that has arrived from one
   * client before it serves others. In a cluster each key has a command of its own, as the keys of one command must be in one slot.
   */
  async #remove(keys: readonly string[], wasSetSince: (key: string) => boolean): Promise<number> {
    const size = Math.min(this.#clearBatchSize, MAX_KEYS_OF_REMOVAL);
    let removed = 0;
    for (let start = 0; start < keys.length; start += size) {
      const part = keys.slice(start, start + size).filter(key => !wasSetSince(key));
      const commands = this.#connection.multiKey && part.length > 0 ? [part] : part.map(key => [key]);
      const replies = await Promise.all(
        commands.map(each => this.#removal.remove(each, args => this.#connection.send(each[0] ?? '', args))),
      );
      // A removal that a later set overtakes gets the reply of the set.
      for (const reply of replies) if (typeof reply === 'number') removed += reply;
    }
    return removed;
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
