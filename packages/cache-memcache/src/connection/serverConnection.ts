import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CacheError, isCacheError } from '@greenroom/cache-core';
import type { TlsSettings } from '@greenroom/cache-core';
import { createCommandQueue } from '../protocol/commandQueue';
import type { Command } from '../protocol/commandQueue';
import { performHandshake } from './handshake';
import { toRefused, toUnavailable } from './memcacheError';
import type { Credentials } from '../options/parseAddress';
import type { ServerAddress } from '../options/serverAddress';
import { toExpectedReply, toProbeCommand } from '../protocol/livenessProbe';
import type { LivenessProbe } from '../protocol/livenessProbe';
import { createReplyReader } from '../protocol/replyReader';
import type { Reply, ReplyReader } from '../protocol/replyReader';
import { toOutcome } from '../protocol/replyOutcome';
import { createSilenceWatch, GRACE_MS } from './silenceWatch';
import type { SilenceWatch } from './silenceWatch';

/** How to reach one server. */
export interface ServerSettings {
  /** Its name in messages. */
  readonly name: string;
  readonly address: ServerAddress;
  readonly credentials?: Credentials | undefined;
  readonly tls?: TlsSettings | undefined;
  /** Longest value that is read, in bytes. */
  readonly maxReadBytes: number;
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** Called when the state of a connection changes. */
export interface ConnectionEvents {
  /** It can be used. */
  ready(): void;
  /** It is closed, for good. Called once, unless `blocked` is. */
  lost(error: CacheError): void;
  /** It is closed because of a huge reply that would delay all others. The server is fine. */
  blocked(): void;
}

/** memcached uses `readyState`, `metaData` and `write`; it pushes to `metaData` before it writes. */
export interface ServerConnection {
  readonly readyState: 'open';
  readonly metaData: { push(command: Command): void };
  write(text: string): void;
  /** How many commands have no reply yet. */
  readonly commandsInFlight: number;
  /** How many bytes the system has not accepted yet, approximately. */
  readonly unsentBytes: number;
  /** Whether the server closed it without sending anything, as some proxies do at an unknown command. */
  readonly isTurnedAway: boolean;
  /** Sends a ping, and ends the connection when the previous ping is still unanswered. */
  check(): void;
  /** Settles when no command is in flight any more. */
  whenIdle(): Promise<void>;
  /** Closes it at once and fails what is in flight. */
  destroy(error: CacheError): void;
}

/** Starts connecting. The connection may be used from `ready` until `lost`. */
export function openServerConnection(
  settings: ServerSettings,
  events: ConnectionEvents,
  probe: LivenessProbe,
): ServerConnection {
  return new SocketConnection(settings, events, probe);
}

class SocketConnection implements ServerConnection {
  readonly readyState = 'open';
  readonly metaData = { push: (command: Command) => this.#expect(command) };
  readonly #settings: ServerSettings;
  readonly #events: ConnectionEvents;
  readonly #name: string;
  readonly #socket: Socket;
  readonly #reader: ReplyReader;
  readonly #inFlight = createCommandQueue();
  #connectTimer: NodeJS.Timeout | undefined;
  readonly #silence: SilenceWatch;
  #pingUnanswered = false;
  /** The grace period of the ping is running. */
  #isDoubted = false;
  #idle: (() => void) | undefined;
  #probe: LivenessProbe;
  #hasBegun = false;
  #hasReceived = false;
  #isReady = false;
  isTurnedAway = false;
  #destroyed = false;

  constructor(settings: ServerSettings, events: ConnectionEvents, probe: LivenessProbe) {
    this.#probe = probe;
    this.#settings = settings;
    this.#events = events;
    this.#name = settings.name;
    this.#reader = createReplyReader(settings.maxReadBytes);
    this.#socket = openSocket(settings);
    const isOwed = () => this.#inFlight.length > 0;
    this.#silence = createSilenceWatch(settings.commandTimeoutMs, isOwed, () => this.destroy(this.#toTimeoutError()));
    this.#limitConnecting();
    const closed = () => this.destroy(this.#toClosedError());
    this.#socket
      .setNoDelay(true)
      .setKeepAlive(true, 10_000)
      .once(settings.tls ? 'secureConnect' : 'connect', () => void this.#begin())
      .on('data', (chunk: Buffer) => this.#receive(chunk))
      .on('end', closed)
      .on('close', closed)
      .on('error', error => this.destroy(this.#toConnectionError(error)));
  }

  get commandsInFlight(): number {
    return this.#inFlight.length;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  write(text: string): void {
    // All commands of one turn of the event loop become one write.
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    this.#socket.write(text);
  }

  check(): void {
    if (this.#destroyed || this.#isDoubted) return;
    if (this.#pingUnanswered) {
      this.#isDoubted = true;
      const giveUp = () => {
        this.#isDoubted = false;
        if (this.#pingUnanswered) this.destroy(this.#toTimeoutError());
      };
      // setImmediate lets pending socket data be read before giving up, even when this timer is late.
      setTimeout(() => setImmediate(giveUp), GRACE_MS).unref();
      return;
    }
    this.#pingUnanswered = true;
    const answered = () => {
      this.#pingUnanswered = false;
    };
    // An error is an answer too; a lost connection is reported by an event.
    this.#ask(toProbeCommand(this.#probe), toExpectedReply(this.#probe)).then(answered, answered);
  }

  async whenIdle(): Promise<void> {
    if (this.#inFlight.length === 0) return;
    await new Promise<void>(resolve => {
      this.#idle = resolve;
    });
  }

  destroy(error: CacheError): void {
    this.#end(error, () => this.#events.lost(error));
  }

  #abandon(): void {
    const error = new CacheError(
      'CACHE_UNAVAILABLE',
      `${this.#name} is being reconnected, because of a value that is too large to read`,
    );
    this.#end(error, () => this.#events.blocked());
  }

  #end(error: CacheError, tell: () => void): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    clearTimeout(this.#connectTimer);
    this.#silence.stop();
    this.#socket.destroy();
    // First, so that the callbacks below write nothing to it.
    tell();
    for (let command = this.#inFlight.shift(); command; command = this.#inFlight.shift()) command.callback(error);
    this.#idle?.();
  }

  async #begin(): Promise<void> {
    this.#hasBegun = true;
    this.#limitConnecting();
    try {
      const { credentials } = this.#settings;
      this.#probe = await performHandshake(this.#name, command => this.#ask(command), credentials, this.#probe);
    } catch (error) {
      return this.destroy(isCacheError(error) ? error : toUnavailable(this.#name, error));
    }
    if (this.#destroyed) return;
    clearTimeout(this.#connectTimer);
    this.#connectTimer = undefined;
    this.#isReady = true;
    this.#events.ready();
  }

  #limitConnecting(): void {
    clearTimeout(this.#connectTimer);
    const timer = setTimeout(() => {
      // After a blocked event loop the connection may be ready already; its events come first.
      setImmediate(() => {
        if (this.#connectTimer === timer) this.destroy(this.#toTimeoutError());
      });
    }, this.#settings.connectTimeoutMs);
    this.#connectTimer = timer;
  }

  #ask(command: string, expected: Pick<Command, 'type' | 'key'> = { type: 'line' }): Promise<string> {
    return new Promise((resolve, reject) => {
      const callback = (error?: Error, line = '') => (error === undefined ? resolve(line) : reject(error));
      this.#expect({ ...expected, callback });
      this.write(`${command}\r\n`);
    });
  }

  #expect({ type, key, callback }: Command): void {
    if (this.#inFlight.length === 0) this.#silence.start();
    // Without the other fields of the library's command, which hold the value twice.
    this.#inFlight.push({ type, key, callback });
  }

  #receive(chunk: Buffer): void {
    this.#silence.received();
    this.#hasReceived = true;
    try {
      for (const reply of this.#reader.read(chunk)) {
        this.#answer(reply);
        if (this.#destroyed) return;
      }
    } catch (cause) {
      this.destroy(new CacheError('CACHE_UNAVAILABLE', `${this.#name} does not speak its protocol`, { cause }));
    }
  }

  #answer(reply: Reply): void {
    const command = this.#inFlight.shift();
    if (!command) throw new Error('A reply without a command');
    const { result, error, connectionEnd } = toOutcome(this.#name, command, reply);
    command.callback(error, result);
    if (error && connectionEnd === 'distrusted') this.destroy(error);
    if (connectionEnd === 'blocked') this.#abandon();
    if (this.#inFlight.length === 0) this.#idle?.();
  }

  #toClosedError(): CacheError {
    this.isTurnedAway = this.#hasBegun && !this.#hasReceived;
    if (!this.#isReady) return toRefused(this.#name);
    return new CacheError('CACHE_UNAVAILABLE', `${this.#name} has closed the connection`);
  }

  #toConnectionError(error: NodeJS.ErrnoException): CacheError {
    if (this.#isReady || error.code !== 'ECONNRESET') return toUnavailable(this.#name, error);
    this.isTurnedAway = this.#hasBegun && !this.#hasReceived;
    return toRefused(this.#name, error);
  }

  #toTimeoutError(): CacheError {
    return new CacheError('CACHE_TIMEOUT', `${this.#name} does not answer`);
  }
}

function openSocket({ address, tls }: ServerSettings): Socket {
  if (!tls) return connectTcp(address);
  // Node sends the server name (SNI) only when told to. An IP address is not a name.
  const servername = 'host' in address && isIP(address.host) === 0 ? address.host.replace(/\.$/, '') : undefined;
  return connectTls({ ...(servername !== undefined && { servername }), ...tls, ...address });
}
