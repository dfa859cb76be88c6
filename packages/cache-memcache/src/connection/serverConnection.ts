import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CacheError } from '@greenroom/cache-core';
import type { TlsSettings } from '@greenroom/cache-core';
import { toTlsOptions } from '@greenroom/cache-core/connection';
import type { Credentials } from '../options/parseAddress';
import type { ServerAddress } from '../options/serverAddress';
import { createCommandQueue } from '../protocol/commandQueue';
import type { Command } from '../protocol/commandQueue';
import { toExpectedReply, toProbeCommand } from '../protocol/livenessProbe';
import type { LivenessProbe } from '../protocol/livenessProbe';
import { toOutcome } from '../protocol/replyOutcome';
import { createReplyReader } from '../protocol/replyReader';
import type { Reply, ReplyReader } from '../protocol/replyReader';
import { performHandshake } from './handshake';
import { toRefused, toUnavailable } from './memcacheError';

/** How to reach one server. */
export interface ServerSettings {
  /** Its name in messages. */
  readonly name: string;
  readonly address: ServerAddress;
  readonly credentials?: Credentials | undefined;
  readonly tls?: TlsSettings | undefined;
  /** Longest value that is read, in bytes. */
  readonly maxReadBytes: number;
}

/** Events of a connection that has been opened. */
export interface ConnectionEvents {
  /** The connection has ended. */
  lost(error: CacheError): void;
  /** The connection has ended because of a huge reply that would delay all others. The server is fine. `lost` follows. */
  blocked(error: CacheError): void;
}

/**
 * A connection that is logged in. To the library it is a pool of one, and the socket in it: the library uses `readyState`,
 * `metaData` and `write`, and pushes to `metaData` before it writes.
 */
export interface ServerConnection {
  pull(callback: (error: undefined, connection: object) => void): void;
  readonly readyState: 'open';
  readonly metaData: { push(command: Command): void };
  write(text: string): void;
  /** Resolves when the server gives any answer, an error included. */
  ping(): Promise<void>;
  /** Ends the connection at once, and fails commands that have no answer yet. */
  close(): void;
}

/** Connects and logs in. Rejects when the signal aborts, and leaves no socket behind. */
export async function openServerConnection(
  settings: ServerSettings,
  signal: AbortSignal,
  events: ConnectionEvents,
  probe: LivenessProbe = 'version',
): Promise<ServerConnection> {
  const connection = new SocketConnection(settings, events, probe);
  const stop = () => connection.close();
  signal.addEventListener('abort', stop);
  try {
    await connection.logIn();
    return connection;
  } catch (error) {
    connection.close();
    // Some proxies do not know `version`, and close the connection.
    if (signal.aborted || probe === 'get' || !connection.isTurnedAway) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return openServerConnection(settings, signal, events, 'get');
}

class SocketConnection implements ServerConnection {
  readonly readyState = 'open';
  readonly metaData = { push: (command: Command) => this.#expect(command) };
  readonly #settings: ServerSettings;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  readonly #reader: ReplyReader;
  readonly #inFlight = createCommandQueue();
  #probe: LivenessProbe;
  #hasReceived = false;
  #isOpen = false;
  /** Why the connection has ended; `undefined` until then. */
  #endReason: CacheError | undefined;
  /** Whether the server has closed the connection without an answer. */
  isTurnedAway = false;

  constructor(settings: ServerSettings, events: ConnectionEvents, probe: LivenessProbe) {
    this.#settings = settings;
    this.#events = events;
    this.#probe = probe;
    this.#reader = createReplyReader(settings.maxReadBytes);
    const closed = () => this.#endByServer();
    this.#socket = openSocket(settings)
      .setNoDelay(true)
      .setKeepAlive(true, 10_000)
      .on('data', (chunk: Buffer) => this.#receive(chunk))
      .on('end', closed)
      .on('close', closed)
      .on('error', error => this.#endByServer(error));
  }

  async logIn(): Promise<void> {
    const { name, credentials } = this.#settings;
    this.#probe = await performHandshake(name, command => this.#ask(command), credentials, this.#probe);
    if (this.#endReason) throw this.#endReason;
    this.#isOpen = true;
  }

  pull(callback: (error: undefined, connection: object) => void): void {
    callback(undefined, this);
  }

  write(text: string): void {
    // All commands of one turn of the event loop become one write.
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    this.#socket.write(text);
  }

  async ping(): Promise<void> {
    // An error is an answer too, and an event reports a lost connection.
    await this.#ask(toProbeCommand(this.#probe), toExpectedReply(this.#probe)).catch(() => {});
  }

  close(): void {
    this.#endWith(new CacheError('CACHE_TIMEOUT', `${this.#settings.name} does not answer`));
  }

  #endWith(error: CacheError, isBlocked = false): void {
    if (this.#endReason) return;
    this.#endReason = error;
    this.#socket.destroy();
    for (let command = this.#inFlight.shift(); command; command = this.#inFlight.shift()) command.callback(error);
    if (isBlocked) this.#events.blocked(error);
    if (this.#isOpen) this.#events.lost(error);
  }

  #endByServer(cause?: NodeJS.ErrnoException): void {
    const { name } = this.#settings;
    if (this.#isOpen && !cause)
      return this.#endWith(new CacheError('CACHE_UNAVAILABLE', `${name} has closed the connection`));
    if (cause && (this.#isOpen || cause.code !== 'ECONNRESET')) return this.#endWith(toUnavailable(name, cause));
    this.isTurnedAway = !this.#hasReceived;
    return this.#endWith(toRefused(name, cause));
  }

  #ask(command: string, expected: Pick<Command, 'type' | 'key'> = { type: 'line' }): Promise<string> {
    return new Promise((resolve, reject) => {
      const callback = (error?: Error, line = '') => (error === undefined ? resolve(line) : reject(error));
      this.#expect({ ...expected, callback });
      this.write(`${command}\r\n`);
    });
  }

  #expect({ type, key, callback }: Command): void {
    // Leaves out the other fields of the library's command, which hold the value twice.
    this.#inFlight.push({ type, key, callback });
  }

  #receive(chunk: Buffer): void {
    this.#hasReceived = true;
    try {
      for (const reply of this.#reader.read(chunk)) {
        this.#answer(reply);
        if (this.#endReason) return;
      }
    } catch (cause) {
      const { name } = this.#settings;
      this.#endWith(new CacheError('CACHE_UNAVAILABLE', `${name} does not speak its protocol`, { cause }));
    }
  }

  #answer(reply: Reply): void {
    const { name } = this.#settings;
    const command = this.#inFlight.shift();
    if (!command) throw new Error('A reply without a command');
    const { result, error, connectionEnd } = toOutcome(name, command, reply);
    command.callback(error, result);
    if (error && connectionEnd === 'distrusted') this.#endWith(error);
    if (connectionEnd === 'blocked') {
      const reason = `${name} is being reconnected, because of a value that is too large to read`;
      this.#endWith(new CacheError('CACHE_UNAVAILABLE', reason), true);
    }
  }
}

/** Opens a socket to the server. */
export function openSocket({ address, tls }: ServerSettings): Socket {
  if (!tls) return connectTcp(address);
  return connectTls({ ...toTlsOptions(tls, 'host' in address ? address.host : undefined), ...address });
}
