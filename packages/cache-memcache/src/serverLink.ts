import { CacheError } from '@greenroom/cache-core';
import { openServerConnection } from './serverConnection';
import type { ServerConnection, ServerSettings } from './serverConnection';

/** How the library is given a connection, or an error and something in its place that is not looked at. */
export type PullCallback = (error: CacheError | undefined, connection: object) => void;

/** One server, kept connected for ever. To the library it is a pool of connections, which it pulls one from per command. */
export interface ServerLink {
  pull(callback: PullCallback): void;
  readonly state: 'starting' | 'connected' | 'disconnected';
  /** Sends a ping, and replaces the connection when it has not answered the one before. */
  check(): void;
  /** Settles when commands in flight have ended, or after a moment. */
  close(): Promise<void>;
}

/** Told whenever the connection is made, lost, or cannot be made. */
export interface LinkEvents {
  connected(): void;
  disconnected(error: CacheError): void;
}

const MAX_RECONNECT_DELAY_MS = 500;
const DRAIN_TIMEOUT_MS = 1000;
/** Bound what a server that has gone silent can hold until its connection is replaced. */
const MAX_COMMANDS_IN_FLIGHT = 20_000;
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** Starts connecting. */
export function createServerLink(settings: ServerSettings, events: LinkEvents): ServerLink {
  return new ReconnectingLink(settings, events);
}

class ReconnectingLink implements ServerLink {
  readonly #settings: ServerSettings;
  readonly #events: LinkEvents;
  #opening: ServerConnection | undefined;
  #connection: ServerConnection | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  /** Commands wait for the very first connection, and for none later. */
  #waiting: { readonly callback: PullCallback; readonly sinceMs: number }[] | undefined = [];
  #refusal = new CacheError('CACHE_UNAVAILABLE', 'Memcached is not connected');
  #closed = false;

  constructor(settings: ServerSettings, events: LinkEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#open();
  }

  get state(): 'starting' | 'connected' | 'disconnected' {
    if (this.#waiting) return 'starting';
    return this.#connection ? 'connected' : 'disconnected';
  }

  pull(callback: PullCallback): void {
    if (this.#waiting && this.#waiting.length < MAX_COMMANDS_IN_FLIGHT) {
      this.#waiting.push({ callback, sinceMs: performance.now() });
      return;
    }
    const connection = this.#connection;
    if (!connection) callback(this.#refusal, {});
    else if (isFull(connection)) callback(overloaded(), {});
    else callback(undefined, connection);
  }

  check(): void {
    this.#connection?.check();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    const closed = new CacheError('CACHE_CLOSED', 'The Memcached store is closed');
    this.#refusal = closed;
    this.#endWaiting();
    this.#opening?.destroy(closed);
    if (this.#connection) await drain(this.#connection);
    this.#connection?.destroy(closed);
  }

  #open(): void {
    const connection = openServerConnection(this.#settings, {
      ready: () => {
        this.#opening = undefined;
        this.#connection = connection;
        this.#failures = 0;
        // What has waited is sent before anything that this call leads to.
        this.#endWaiting();
        this.#events.connected();
      },
      lost: error => {
        this.#opening = undefined;
        this.#connection = undefined;
        if (!this.#closed) this.#reconnect(error);
      },
    });
    this.#opening = connection;
  }

  #reconnect(error: CacheError): void {
    const code = error.code === 'CACHE_AUTH' ? 'CACHE_AUTH' : 'CACHE_UNAVAILABLE';
    this.#refusal = new CacheError(code, error.message, { cause: error });
    const delayMs = Math.min(50 * 2 ** Math.min(this.#failures++, 10), MAX_RECONNECT_DELAY_MS);
    this.#retryTimer = setTimeout(() => this.#open(), delayMs / 2 + (Math.random() * delayMs) / 2);
    this.#endWaiting();
    this.#events.disconnected(error);
  }

  #endWaiting(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    // Whoever has given up meanwhile must not be surprised by a write.
    const dueMs = performance.now() - this.#settings.commandTimeoutMs;
    for (const { callback, sinceMs } of waiting) {
      if (this.#connection && sinceMs <= dueMs) callback(late(), {});
      else this.pull(callback);
    }
  }
}

function isFull({ commandsInFlight, unsentBytes }: ServerConnection): boolean {
  return commandsInFlight >= MAX_COMMANDS_IN_FLIGHT || unsentBytes >= MAX_UNSENT_BYTES;
}

function overloaded(): CacheError {
  return new CacheError('CACHE_UNAVAILABLE', 'Too many commands are on their way to Memcached');
}

function late(): CacheError {
  return new CacheError('CACHE_TIMEOUT', 'The connection to Memcached was made too late for this operation');
}

/** Lets commands in flight end, for a moment. */
async function drain(connection: ServerConnection): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>(resolve => {
    timer = setTimeout(resolve, DRAIN_TIMEOUT_MS);
  });
  await Promise.race([connection.whenIdle(), expired]);
  clearTimeout(timer);
}
