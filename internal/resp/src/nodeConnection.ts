import { CacheError } from '@greenroom/cache-core';
import { createPingWatch } from './pingWatch';
import { createProofOfLife } from './livenessProbe';
import type { AskForLife } from './livenessProbe';
import { toReconnectDelayMs } from './reconnectDelay';
import type { ClientLibrary, RespClient, RespReply, RespSender } from './respClient';
import type { ConnectionEvents, ConnectionTimes, RespConnection } from './respConnection';
import type { NodeAccess } from './nodeAccess';
import { toServerName } from './serverPlace';
import type { ServerAddress, SocketAddress } from './serverAddress';
import { createWaitingRoom } from './waitingRoom';
import type { WaitingRoom } from './waitingRoom';
import { withDeadline } from './withDeadline';

/** How to reach one server, which can be another one each time. */
export interface NodeConnectionOptions {
  /** Where the server is now. */
  readonly locate: (signal: AbortSignal) => Promise<ServerAddress | SocketAddress>;
  readonly access: NodeAccess;
  readonly times: ConnectionTimes;
  /** Whether operations wait for the first connection. @defaultValue true */
  readonly waitsForFirst?: boolean;
  /** Called with each new connection, before anything else is sent over it. */
  readonly use?: (client: RespClient, address: ServerAddress | SocketAddress) => void;
}

/** A connection to one server. */
export interface NodeConnection extends RespConnection {
  /** The client, connected. Throws CACHE_UNAVAILABLE when there is none. */
  client(): RespClient;
  readonly isReady: boolean;
  /** Neither connected nor failed yet. */
  readonly isStarting: boolean;
  /** Where the latest attempt to connect has gone. */
  readonly target: ServerAddress | SocketAddress | undefined;
  /** Looks up the server anew and connects to it, in place of the attempts that are under way; the connection that there is stays until then. */
  reconnect(): void;
}

/** How long an attempt to connect may be silent before another one is made beside it. */
const NEXT_ATTEMPT_MS = 500;
/** Attempts at the same time, at most. */
const MAX_ATTEMPTS = 8;
/** A server that stays read-only is asked for again no more often than this. */
const READ_ONLY_INTERVAL_MS = 5000;

/** A connection to one server: lost ones are replaced by a new client, which is looked up anew. */
export function createNodeConnection(
  library: ClientLibrary,
  options: NodeConnectionOptions,
  events: ConnectionEvents,
): NodeConnection {
  return new ReconnectingNode(library, options, events);
}

class ReconnectingNode implements NodeConnection {
  readonly multiKey = true;
  readonly #library: ClientLibrary;
  readonly #options: NodeConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #room: WaitingRoom;
  #isStarting = true;
  /** Where the server was found last. */
  #address: ServerAddress | SocketAddress | undefined;
  /** Connected and ready. */
  #client: RespClient | undefined;
  readonly #connecting = new Set<RespClient>();
  readonly #proof = createProofOfLife();
  #failures = 0;
  #attemptTimer: NodeJS.Timeout | undefined;
  #watch: (() => void) | undefined;
  #readOnlyAtMs = -Infinity;
  readonly #closing = new AbortController();

  constructor(library: ClientLibrary, options: NodeConnectionOptions, events: ConnectionEvents) {
    this.#library = library;
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

  client(): RespClient {
    if (!this.#client) throw this.#notConnected();
    return this.#client;
  }

  send(_key: string, words: readonly string[], sinceMs?: number): Promise<RespReply> {
    return this.#room.run(() => this.#client?.send(words) ?? Promise.reject(this.#notConnected()), sinceMs);
  }

  masters(): Promise<readonly RespSender[]> {
    return this.#room.run(async () => [this.client()]);
  }

  connections(): number {
    return this.isReady ? 1 : 0;
  }

  check(): void {
    this.#watch?.();
  }

  readOnly(): void {
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

  /** Makes a connection and puts it in the place of the one before. Never rejects. */
  async #connect(): Promise<void> {
    const { locate, access, times } = this.#options;
    const { signal } = this.#closing;
    // So a server that is back is found at once, though an attempt from before still waits for an answer.
    this.#attemptAfter(Math.max(NEXT_ATTEMPT_MS, times.connectTimeoutMs / MAX_ATTEMPTS));
    let client: RespClient | undefined;
    try {
      const address = await locate(signal);
      if (signal.aborted) return;
      this.#address = address;
      const onLost = (error: unknown) => this.#lose(connecting, error);
      const connecting = this.#library.createClient({ ...access, ...address }, times.connectTimeoutMs, onLost);
      client = connecting;
      this.#connecting.add(client);
      const ready = client.connect().then(() => this.#proof.begin(connecting));
      const ask = await withDeadline(ready, { timeoutMs: times.connectTimeoutMs, error: this.#silent(), signal });
      this.#use(client, ask, address);
    } catch (error) {
      this.#lose(client, error);
    }
  }

  #use(client: RespClient, ask: AskForLife, address: ServerAddress | SocketAddress): void {
    if (!this.#connecting.delete(client)) return;
    const before = this.#client;
    this.#client = client;
    this.#destroyAttempts();
    clearTimeout(this.#attemptTimer);
    this.#attemptTimer = undefined;
    this.#isStarting = false;
    this.#failures = 0;
    this.#watch = createPingWatch(client, ask, () => this.#lose(client, this.#silent()));
    before?.destroy();
    this.#options.use?.(client, address);
    // What has waited is sent before anything that the event leads to.
    this.#room.open();
    this.#events.connected();
  }

  /** A client can tell of its end more than once: by an event, and by a promise. */
  #lose(client: RespClient | undefined, error: unknown): void {
    if (client && client !== this.#client && !this.#connecting.delete(client)) return;
    client?.destroy();
    if (client === this.#client) this.#client = undefined;
    this.#isStarting = false;
    if (this.#closing.signal.aborted) return;
    // Otherwise the next one is due already.
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

  #notConnected(): CacheError {
    return new CacheError('CACHE_UNAVAILABLE', `${this.#serverName()} is not connected`);
  }

  #silent(): CacheError {
    const { access } = this.#options;
    const hint =
      this.#isStarting && access.tls
        ? ': it may not speak TLS, which a URL with redis:// or valkey:// does without'
        : '';
    return new CacheError('CACHE_TIMEOUT', `${this.#serverName()} does not answer${hint}`);
  }

  #serverName(): string {
    const { serverName } = this.#library;
    return this.#address ? toServerName(serverName, this.#address) : serverName;
  }
}
