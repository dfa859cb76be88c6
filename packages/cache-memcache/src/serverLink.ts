import { CacheError } from '@greenroom/cache-core';
import { openServerConnection } from './serverConnection';
import type { ProofOfLife } from './livenessProbe';
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
/** How long an attempt to connect may be silent before another one is made beside it. */
const NEXT_ATTEMPT_MS = 500;
/** Attempts at the same time, at most. */
const MAX_ATTEMPTS = 8;
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
  #connection: ServerConnection | undefined;
  /** Connections that are being made, the oldest first. */
  readonly #attempts = new Set<ServerConnection>();
  #attemptTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  /** Commands wait for the very first connection, and for one in the place of another that was given up here. */
  #waiting: { readonly callback: PullCallback; readonly sinceMs: number }[] | undefined = [];
  #refusal: CacheError;
  #closed = false;

  constructor(settings: ServerSettings, events: LinkEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#refusal = new CacheError('CACHE_UNAVAILABLE', `${settings.name} is not connected`);
    this.#attempt();
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
    else if (isFull(connection)) callback(overloaded(this.#settings.name), {});
    else callback(undefined, connection);
  }

  check(): void {
    this.#connection?.check();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#attemptTimer);
    const closed = new CacheError('CACHE_CLOSED', 'The Memcached store is closed');
    this.#refusal = closed;
    this.#endWaiting();
    this.#giveUpAttempts(closed);
    if (this.#connection) await drain(this.#connection);
    this.#connection?.destroy(closed);
  }

  /** A name that is looked up for ever, or a packet that was swallowed, holds up this attempt and not the next one. */
  #attempt(proof: ProofOfLife = 'version'): void {
    this.#attemptAfter(NEXT_ATTEMPT_MS);
    this.#makeRoom();
    const events = {
      ready: () => this.#use(connection),
      lost: (error: CacheError) => {
        // Some proxies know no `version`, and end the connection.
        const isRefused = proof === 'version' && connection.isTurnedAway && !this.#closed;
        if (isRefused && this.#attempts.delete(connection)) this.#attemptAfter(toReconnectDelayMs(0), 'get');
        else this.#lose(connection, error);
      },
      blocked: () => this.#replace(),
    };
    const connection = openServerConnection(this.#settings, events, proof);
    this.#attempts.add(connection);
  }

  /** The oldest attempt is left alone, so that a server that needs all of the time it is given, is reached as well. */
  #makeRoom(): void {
    const [, second] = this.#attempts;
    if (!second || this.#attempts.size < MAX_ATTEMPTS) return;
    this.#attempts.delete(second);
    second.destroy(this.#refusal);
  }

  #attemptAfter(delayMs: number, proof?: ProofOfLife): void {
    clearTimeout(this.#attemptTimer);
    this.#attemptTimer = setTimeout(() => this.#attempt(proof), delayMs);
  }

  #giveUpAttempts(error: CacheError): void {
    const attempts = [...this.#attempts];
    this.#attempts.clear();
    for (const attempt of attempts) attempt.destroy(error);
  }

  #use(connection: ServerConnection): void {
    this.#attempts.delete(connection);
    this.#connection = connection;
    this.#failures = 0;
    clearTimeout(this.#attemptTimer);
    this.#giveUpAttempts(this.#refusal);
    // What has waited is sent before anything that this call leads to.
    this.#endWaiting();
    this.#events.connected();
  }

  /** The server is well, so what comes until there is another connection waits for it, as for the first one. */
  #replace(): void {
    this.#connection = undefined;
    if (this.#closed) return;
    this.#waiting = [];
    this.#attempt();
  }

  /** An attempt that was given up is none any more, and what becomes of it does not matter. */
  #lose(connection: ServerConnection, error: CacheError): void {
    if (connection === this.#connection) this.#connection = undefined;
    else if (!this.#attempts.delete(connection)) return;
    if (this.#closed) return;
    const code = error.code === 'CACHE_AUTH' ? 'CACHE_AUTH' : 'CACHE_UNAVAILABLE';
    this.#refusal = new CacheError(code, error.message, { cause: error });
    // While others go on, the next one is due already.
    if (this.#attempts.size === 0) this.#attemptAfter(toReconnectDelayMs(this.#failures++));
    this.#endWaiting();
    this.#events.disconnected(error);
  }

  #endWaiting(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    // Whoever has given up meanwhile must not be surprised by a write.
    const dueMs = performance.now() - this.#settings.commandTimeoutMs;
    for (const { callback, sinceMs } of waiting) {
      if (this.#connection && sinceMs <= dueMs) callback(late(this.#settings.name), {});
      else this.pull(callback);
    }
  }
}

function toReconnectDelayMs(failures: number): number {
  const delayMs = Math.min(50 * 2 ** Math.min(failures, 10), MAX_RECONNECT_DELAY_MS);
  return delayMs / 2 + (Math.random() * delayMs) / 2;
}

function isFull({ commandsInFlight, unsentBytes }: ServerConnection): boolean {
  return commandsInFlight >= MAX_COMMANDS_IN_FLIGHT || unsentBytes >= MAX_UNSENT_BYTES;
}

function overloaded(server: string): CacheError {
  return new CacheError('CACHE_OVERLOADED', `Too many commands are on their way to ${server}`);
}

function late(server: string): CacheError {
  return new CacheError('CACHE_TIMEOUT', `The connection to ${server} was made too late for this operation`);
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
