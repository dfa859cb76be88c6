import { CacheError } from '@greenroom/cache-core';
import { openServerConnection } from './serverConnection';
import type { LivenessProbe } from '../protocol/livenessProbe';
import type { ServerConnection, ServerSettings } from './serverConnection';

/** Gives the library a connection, or an error with a placeholder that it ignores. */
export type PullCallback = (error: CacheError | undefined, connection: object) => void;

/** Keeps one server connected. To the library it is a connection pool, from which it pulls a connection per command. */
export interface ServerLink {
  pull(callback: PullCallback): void;
  readonly state: 'starting' | 'connected' | 'disconnected';
  /** Sends a ping, and replaces the connection when the previous ping is still unanswered. */
  check(): void;
  /** Settles when commands in flight have ended, after 1 s at most. */
  close(): Promise<void>;
}

/** Called whenever the connection is made, lost, or cannot be made. */
export interface LinkEvents {
  connected(): void;
  disconnected(error: CacheError): void;
}

const MAX_RECONNECT_DELAY_MS = 500;
/** An attempt that has no answer after this time gets another one beside it. */
const NEXT_ATTEMPT_MS = 500;
/** Most attempts at the same time. */
const MAX_ATTEMPTS = 8;
const DRAIN_TIMEOUT_MS = 1000;
/** Bound the memory that a silent server can hold until its connection is replaced. */
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
  /** Commands that wait for the very first connection, or for the replacement of one that this side closed. */
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
    else if (isFull(connection)) callback(toOverloadedError(this.#settings.name), {});
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

  /** A name lookup that hangs, or a lost packet, delays only this attempt and not the next one. */
  #attempt(probe: LivenessProbe = 'version'): void {
    this.#attemptAfter(NEXT_ATTEMPT_MS);
    this.#makeRoom();
    const events = {
      ready: () => this.#use(connection),
      lost: (error: CacheError) => {
        // Some proxies do not know `version`, and close the connection.
        const isRefused = probe === 'version' && connection.isTurnedAway && !this.#closed;
        if (isRefused && this.#attempts.delete(connection)) this.#attemptAfter(toReconnectDelayMs(0), 'get');
        else this.#lose(connection, error);
      },
      blocked: () => this.#replace(),
    };
    const connection = openServerConnection(this.#settings, events, probe);
    this.#attempts.add(connection);
  }

  /** Drops the second oldest attempt. The oldest keeps its full time, so that a slow server is reached too. */
  #makeRoom(): void {
    const [, second] = this.#attempts;
    if (!second || this.#attempts.size < MAX_ATTEMPTS) return;
    this.#attempts.delete(second);
    second.destroy(this.#refusal);
  }

  #attemptAfter(delayMs: number, probe?: LivenessProbe): void {
    clearTimeout(this.#attemptTimer);
    this.#attemptTimer = setTimeout(() => this.#attempt(probe), delayMs);
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
    // Waiting commands are sent first, before any that `connected` triggers.
    this.#endWaiting();
    this.#events.connected();
  }

  /** The server is fine, so new commands wait for the next connection, as for the first one. */
  #replace(): void {
    this.#connection = undefined;
    if (this.#closed) return;
    this.#waiting = [];
    this.#attempt();
  }

  /** Ignores attempts that were dropped before. */
  #lose(connection: ServerConnection, error: CacheError): void {
    if (connection === this.#connection) this.#connection = undefined;
    else if (!this.#attempts.delete(connection)) return;
    if (this.#closed) return;
    const code = error.code === 'CACHE_AUTH' ? 'CACHE_AUTH' : 'CACHE_UNAVAILABLE';
    this.#refusal = new CacheError(code, error.message, { cause: error });
    // While other attempts run, the next one is scheduled already.
    if (this.#attempts.size === 0) this.#attemptAfter(toReconnectDelayMs(this.#failures++));
    this.#endWaiting();
    this.#events.disconnected(error);
  }

  #endWaiting(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    // Late callers have timed out; writing now could overwrite a newer value.
    const dueMs = performance.now() - this.#settings.commandTimeoutMs;
    for (const { callback, sinceMs } of waiting) {
      if (this.#connection && sinceMs <= dueMs) callback(toTimeoutError(this.#settings.name), {});
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

function toOverloadedError(server: string): CacheError {
  return new CacheError('CACHE_OVERLOADED', `Too many commands are on their way to ${server}`);
}

function toTimeoutError(server: string): CacheError {
  return new CacheError('CACHE_TIMEOUT', `The connection to ${server} was made too late for this operation`);
}

/** Waits until commands in flight have ended, for 1 s at most. */
async function drain(connection: ServerConnection): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>(resolve => {
    timer = setTimeout(resolve, DRAIN_TIMEOUT_MS);
  });
  await Promise.race([connection.whenIdle(), expired]);
  clearTimeout(timer);
}
