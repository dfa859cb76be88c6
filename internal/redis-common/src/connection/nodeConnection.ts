import { CacheError } from '@greenroom/cache-core';
import { createPingWatch } from './pingWatch';
import { createLivenessProbe } from './livenessProbe';
import type { SendProbe } from './livenessProbe';
import { toReconnectDelayMs } from './reconnectDelay';
import type { ClientAdapter, ServerClient, RespReply, CommandSender } from './clientAdapter';
import type { ConnectionEvents, ConnectionTimes, StoreConnection } from './storeConnection';
import type { NodeAccess } from '../config/nodeAccess';
import { toServerName } from '../errors/serverPlace';
import type { ServerAddress, SocketAddress } from '../config/serverAddress';
import { createWaitingRoom } from './waitingRoom';
import type { WaitingRoom } from './waitingRoom';
import { withDeadline } from './withDeadline';

/** How to reach one server, which may be at another address each time. */
export interface NodeConnectionOptions {
  /** Finds the current address of the server. */
  readonly locate: (signal: AbortSignal) => Promise<ServerAddress | SocketAddress>;
  readonly access: NodeAccess;
  readonly times: ConnectionTimes;
  /** Whether operations wait for the first connection. @defaultValue true */
  readonly waitsForFirst?: boolean;
  /** Called with each new connection, before anything else is sent over it. */
  readonly prepare?: (client: ServerClient, address: ServerAddress | SocketAddress) => void;
}

/** A connection to one server. */
export interface NodeConnection extends StoreConnection {
  /** The connected client. Throws CACHE_UNAVAILABLE when there is none. */
  client(): ServerClient;
  readonly isReady: boolean;
  /** Neither connected nor failed yet. */
  readonly isStarting: boolean;
  /** Address of the latest attempt to connect. */
  readonly target: ServerAddress | SocketAddress | undefined;
  /** Looks the server up and connects again. Cancels attempts under way; the present connection stays until a new one is ready. */
  reconnect(): void;
}

/** An attempt that has no answer after this time gets another one beside it. */
const NEXT_ATTEMPT_MS = 500;
/** Most attempts at the same time. */
const MAX_ATTEMPTS = 8;
/** Shortest time between two lookups of a server that stays read-only. */
const READ_ONLY_INTERVAL_MS = 5000;

/** Keeps a connection to one server. A lost client is replaced by a new one, after the address is looked up again. */
export function createNodeConnection(
  adapter: ClientAdapter,
  options: NodeConnectionOptions,
  events: ConnectionEvents,
): NodeConnection {
  return new ReconnectingNode(adapter, options, events);
}

class ReconnectingNode implements NodeConnection {
  readonly multiKey = true;
  readonly #adapter: ClientAdapter;
  readonly #options: NodeConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #room: WaitingRoom;
  #isStarting = true;
  /** The address found last. */
  #address: ServerAddress | SocketAddress | undefined;
  /** Connected and ready. */
  #client: ServerClient | undefined;
  readonly #connecting = new Set<ServerClient>();
  readonly #probe = createLivenessProbe();
  #failures = 0;
  #attemptTimer: NodeJS.Timeout | undefined;
  #watch: (() => void) | undefined;
  #readOnlyAtMs = -Infinity;
  readonly #closing = new AbortController();

  constructor(adapter: ClientAdapter, options: NodeConnectionOptions, events: ConnectionEvents) {
    this.#adapter = adapter;
    this.#options = options;
    this.#events = events;
    const { times, waitsForFirst = true } = options;
    this.#room = createWaitingRoom(() => this.#serverName(), times.commandTimeoutMs, !waitsForFirst);
    void this.#connect();
  }

  get isReady(): boolean {
    return this.#client?.isReady ?? false;
  }

  get isStarting(): boolean {
    return this.#isStarting;
  }

  get target(): ServerAddress | SocketAddress | undefined {
    return this.#address;
  }

  reconnect(): void {
    if (this.#closing.signal.aborted) return;
    this.#destroyAttempts();
    void this.#connect();
  }

  client(): ServerClient {
    if (!this.#client) throw this.#toUnavailableError();
    return this.#client;
  }

  send(_key: string, args: readonly string[], sinceMs?: number): Promise<RespReply> {
    return this.#room.run(() => this.#client?.send(args) ?? Promise.reject(this.#toUnavailableError()), sinceMs);
  }

  masters(): Promise<readonly CommandSender[]> {
    return this.#room.run(async () => [this.client()]);
  }

  connections(): number {
    return this.isReady ? 1 : 0;
  }

  check(): void {
    this.#watch?.();
  }

  becameReadOnly(): void {
    if (this.#closing.signal.aborted || performance.now() - this.#readOnlyAtMs < READ_ONLY_INTERVAL_MS) return;
    this.#readOnlyAtMs = performance.now();
    if (!this.#attemptTimer) void this.#connect();
  }

  async close(idle: Promise<void>): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#attemptTimer);
    this.#room.close();
    this.#destroyAttempts();
    await idle;
    this.#client?.destroy();
    this.#client = undefined;
  }

  /** Makes a connection that replaces the present one. Never rejects. */
  async #connect(): Promise<void> {
    const { locate, access, times } = this.#options;
    const { signal } = this.#closing;
    // So a server that is back is found at once, even while an earlier attempt hangs.
    this.#attemptAfter(Math.max(NEXT_ATTEMPT_MS, times.connectTimeoutMs / MAX_ATTEMPTS));
    let client: ServerClient | undefined;
    try {
      const address = await locate(signal);
      if (signal.aborted) return;
      this.#address = address;
      const onLost = (error: unknown) => this.#lose(connecting, error);
      const connecting = this.#adapter.createClient({ ...access, ...address }, times.connectTimeoutMs, onLost);
      client = connecting;
      this.#connecting.add(client);
      const ready = client.connect().then(() => this.#probe.begin(connecting));
      const probe = await withDeadline(ready, {
        timeoutMs: times.connectTimeoutMs,
        error: this.#toTimeoutError(),
        signal,
      });
      this.#use(client, probe, address);
    } catch (error) {
      this.#lose(client, error);
    }
  }

  #use(client: ServerClient, probe: SendProbe, address: ServerAddress | SocketAddress): void {
    if (!this.#connecting.delete(client)) return;
    const before = this.#client;
    this.#client = client;
    this.#destroyAttempts();
    clearTimeout(this.#attemptTimer);
    this.#attemptTimer = undefined;
    this.#isStarting = false;
    this.#failures = 0;
    this.#watch = createPingWatch(client, probe, () => this.#lose(client, this.#toTimeoutError()));
    before?.destroy();
    this.#options.prepare?.(client, address);
    // Waiting operations are sent first, before any that `connected` triggers.
    this.#room.open();
    this.#events.connected();
  }

  /** A client can report its end twice: by an event and by a rejected promise. */
  #lose(client: ServerClient | undefined, error: unknown): void {
    if (client && client !== this.#client && !this.#connecting.delete(client)) return;
    client?.destroy();
    if (client === this.#client) this.#client = undefined;
    this.#isStarting = false;
    if (this.#closing.signal.aborted) return;
    // While other attempts run, the next one is scheduled already.
    if (this.#connecting.size === 0) this.#attemptAfter(toReconnectDelayMs(this.#failures++));
    this.#room.open();
    if (!this.#client) this.#events.disconnected(error);
  }

  #attemptAfter(delayMs: number): void {
    clearTimeout(this.#attemptTimer);
    this.#attemptTimer = setTimeout(() => void this.#connect(), delayMs);
  }

  #destroyAttempts(): void {
    const clients = [...this.#connecting];
    this.#connecting.clear();
    for (const client of clients) client.destroy();
  }

  #toUnavailableError(): CacheError {
    return new CacheError('CACHE_UNAVAILABLE', `${this.#serverName()} is not connected`);
  }

  #toTimeoutError(): CacheError {
    const { access } = this.#options;
    const hint =
      this.#isStarting && access.tls ? ': it may not speak TLS; if so, use a URL with redis:// or valkey://' : '';
    return new CacheError('CACHE_TIMEOUT', `${this.#serverName()} does not answer${hint}`);
  }

  #serverName(): string {
    const { serverName } = this.#adapter;
    return this.#address ? toServerName(serverName, this.#address) : serverName;
  }
}
