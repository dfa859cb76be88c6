import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { CacheError } from '../../contract/cacheError';
import type { CacheDriver, CacheDriverDefinition, DriverHost } from '../../contract/driver';
import { block } from '../harness/block';
import type { Address } from '../outages/faultProxy';

/** Ways to break a driver for a server. Each is caught by a case of the outage suite. */
export interface LineFaults {
  /** Does not reconnect after it has lost a connection. */
  readonly neverReconnects?: boolean;
  /** Does not retry when the first attempt to connect fails. */
  readonly triesOnce?: boolean;
  /** Doubles the delay before each attempt, without a limit. */
  readonly waitsLonger?: boolean;
  /** Does not check whether its connection is alive. */
  readonly neverPings?: boolean;
  /** Never gives up an attempt to connect. */
  readonly waitsForAttempts?: boolean;
  /** Notices a lost connection only by an error, not by `close`. */
  readonly overlooksEnd?: boolean;
  /** Queues requests while it is not connected, and sends them some time after it has reconnected. */
  readonly replays?: boolean;
  /** Keeps requests that it could not send in memory, and does not report `disconnected`. */
  readonly keepsTexts?: boolean;
  /** Matches replies to requests by their order, and forgets slow requests. */
  readonly losesOrder?: boolean;
  /** Treats every chunk as whole lines. */
  readonly readsChunks?: boolean;
  /** Gives up requests without an answer by a timer, without a grace for a blocked event loop. */
  readonly isImpatient?: boolean;
  /** Blocks the event loop when an answer is late. */
  readonly spins?: boolean;
  /** Scans all unanswered requests with each new one. */
  readonly scans?: boolean;
  /** Treats a refusal as an answer. */
  readonly takesRefusals?: boolean;
  /** Leaves its connection and timers open, and adds functions that end them to this list. */
  readonly neverCloses?: (() => void)[];
}

/** Options of {@link lineDriver}. */
export interface LineOptions {
  readonly address: Address;
  readonly faults: LineFaults;
}

/** The smallest driver for a server that keeps every promise about outages, unless a fault is switched on. */
export const lineDriver: CacheDriverDefinition<LineOptions> = {
  contractVersion: 1,
  store: 'line',
  parseOptions: config => {
    throw config.invalid('line', 'nothing: this driver takes its options in code');
  },
  create: (options, host) => new LineStore(options, host),
};

interface Request {
  readonly line: string;
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: CacheError) => void;
}

const PING_INTERVAL_MS = 500;
const RECONNECT_MS = 100;
const GRACE_MS = 50;

const unavailable = () => new CacheError('CACHE_UNAVAILABLE', 'The line server is not connected');

class LineStore implements CacheDriver {
  readonly #address: Address;
  readonly #faults: LineFaults;
  readonly #host: DriverHost;
  readonly #timer: NodeJS.Timeout;
  readonly #requests = new Map<number, Request>();
  readonly #kept: Request[] = [];
  /** Requests that wait for the first connection. */
  #waiting: Request[] | undefined = [];
  #socket: Socket | undefined;
  #isReady = false;
  #isPingUnanswered = false;
  #isDoubted = false;
  #attempts = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #nextId = 0;
  #closed = false;

  constructor({ address, faults }: LineOptions, host: DriverHost) {
    this.#address = address;
    this.#faults = faults;
    this.#host = host;
    this.#connect();
    this.#timer = setInterval(() => this.#check(), PING_INTERVAL_MS);
    if (!faults.neverCloses) this.#timer.unref();
  }

  get(key: string): Promise<string | undefined> {
    return this.#request(['get', key]);
  }

  async set(key: string, value: string): Promise<void> {
    await this.#request(['set', key, value]);
  }

  async delete(key: string): Promise<void> {
    await this.#request(['delete', key]);
  }

  async close(): Promise<void> {
    const { neverCloses } = this.#faults;
    if (neverCloses) neverCloses.push(() => this.#end());
    else this.#end();
  }

  #end(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#retryTimer);
    this.#lose(this.#socket);
  }

  #request(words: readonly string[]): Promise<string | undefined> {
    if (this.#closed) return Promise.reject(new CacheError('CACHE_CLOSED', 'The line store is closed'));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const request = { line: JSON.stringify([id, ...words]), resolve, reject };
      if (this.#isReady) this.#send(id, request);
      else if (this.#waiting) this.#waiting.push(request);
      else if (this.#faults.replays) this.#kept.push(request);
      else {
        if (this.#faults.keepsTexts) this.#kept.push(request);
        reject(unavailable());
      }
    });
  }

  #send(id: number, request: Request): void {
    const { line, reject } = request;
    if (this.#faults.scans && this.#requests.size > 1000) block(1);
    this.#requests.set(id, request);
    this.#socket?.write(`${line}\n`);
    if (this.#faults.losesOrder) setTimeout(() => this.#requests.delete(id), 300).unref();
    if (this.#faults.isImpatient) setTimeout(() => reject(unavailable()), 600).unref();
    if (this.#faults.spins) setTimeout(() => this.#requests.has(id) && block(1500), 100).unref();
  }

  #sendAll(requests: readonly Request[]): void {
    for (const request of requests) this.#send((JSON.parse(request.line) as [number])[0], request);
  }

  #connect(): void {
    const socket = connect(this.#address);
    let buffer = '';
    this.#socket = socket;
    this.#isPingUnanswered = false;
    socket.on('connect', () => socket.write('[-1,"ping"]\n'));
    socket.on('error', () => this.#lose(socket));
    if (!this.#faults.overlooksEnd) socket.on('close', () => this.#lose(socket));
    socket.on('data', chunk => {
      const lines = (buffer + String(chunk)).split('\n');
      buffer = this.#faults.readsChunks ? '' : (lines.pop() ?? '');
      for (const line of lines) if (line !== '') this.#receive(socket, line);
    });
  }

  #receive(socket: Socket, line: string): void {
    let reply: [number, string | null, string?];
    try {
      reply = JSON.parse(line) as [number, string | null, string?];
    } catch {
      this.#lose(socket);
      return;
    }
    const [id, text, refusal] = reply;
    if (id < 0) this.#answered();
    const [first] = this.#requests.keys();
    const key = this.#faults.losesOrder && first !== undefined ? first : id;
    const request = this.#requests.get(key);
    if (refusal && !this.#faults.takesRefusals) {
      request?.reject(new CacheError('CACHE_REFUSED', 'The line server refuses it'));
    } else {
      request?.resolve(text ?? undefined);
    }
    this.#requests.delete(key);
  }

  /** A ping was answered. The connection is ready from the first answer on. */
  #answered(): void {
    this.#isPingUnanswered = false;
    if (this.#isReady) return;
    this.#isReady = true;
    this.#attempts = 0;
    this.#sendAll(this.#waiting ?? []);
    this.#waiting = undefined;
    setTimeout(() => this.#sendAll(this.#kept.splice(0)), 400).unref();
    this.#host.connected();
  }

  #check(): void {
    const isConnecting = !this.#isReady;
    if (isConnecting ? this.#faults.waitsForAttempts : this.#faults.neverPings) return;
    if (this.#isDoubted) return;
    const socket = this.#socket;
    if (this.#isPingUnanswered) {
      this.#isDoubted = true;
      // After a blocked event loop the answer may wait in the socket.
      const giveUp = () => {
        this.#isDoubted = false;
        if (this.#isPingUnanswered) this.#lose(socket);
      };
      setTimeout(() => setImmediate(giveUp), GRACE_MS).unref();
      return;
    }
    this.#isPingUnanswered = true;
    if (this.#isReady) this.#socket?.write('[-1,"ping"]\n');
  }

  #lose(socket: Socket | undefined): void {
    if (!socket || socket !== this.#socket) return;
    const wasReady = this.#isReady;
    this.#socket = undefined;
    this.#isReady = false;
    this.#isPingUnanswered = false;
    socket.destroy();
    for (const { reject } of [...this.#requests.values(), ...(this.#waiting ?? [])]) reject(unavailable());
    this.#requests.clear();
    this.#waiting = undefined;
    if (this.#closed) return;
    if (!this.#faults.replays && !this.#faults.keepsTexts) this.#host.disconnected(unavailable());
    if (this.#faults.neverReconnects || (this.#faults.triesOnce && !wasReady)) return;
    const delayMs = this.#faults.waitsLonger ? RECONNECT_MS * 2 ** this.#attempts++ : RECONNECT_MS;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), delayMs);
  }
}
