import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { CacheError } from '../../contract/cacheError';
import type { Address } from '../outages/faultProxy';

/** Ways to misread the protocol. */
export interface ProtocolFaults {
  /** Matches replies to requests by their order, and forgets slow requests. */
  readonly losesOrder?: boolean;
  /** Treats every chunk as whole lines. */
  readonly readsChunks?: boolean;
  /** Treats a refusal as an answer. */
  readonly takesRefusals?: boolean;
}

/** One connection to a line server. */
export interface LineConnection {
  /** Sends a request. Resolves with the text of the reply. */
  ask(words: readonly string[]): Promise<string | undefined>;
  /** Closes the socket at once. Requests without a reply reject. */
  close(): void;
}

/** Starts to connect. Requests are sent once it is connected; `lost` is called when the connection has ended. */
export function openLineConnection(
  address: Address,
  lost: (error: unknown) => void,
  faults: ProtocolFaults,
): LineConnection {
  return new SocketConnection(connect(address), lost, faults);
}

interface Request {
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: CacheError) => void;
}

class SocketConnection implements LineConnection {
  readonly #socket: Socket;
  readonly #faults: ProtocolFaults;
  readonly #requests = new Map<number, Request>();
  #nextId = 0;
  #buffer = '';

  constructor(socket: Socket, lost: (error: unknown) => void, faults: ProtocolFaults) {
    this.#socket = socket;
    this.#faults = faults;
    socket
      .on('data', chunk => this.#read(String(chunk)))
      .on('error', lost)
      .on('close', () => {
        lost(toClosedError());
        this.close();
      });
  }

  ask(words: readonly string[]): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(toClosedError());
      const id = this.#nextId++;
      this.#requests.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify([id, ...words])}\n`);
      if (this.#faults.losesOrder) setTimeout(() => this.#requests.delete(id), 300).unref();
    });
  }

  close(): void {
    this.#socket.destroy();
    for (const { reject } of this.#requests.values()) reject(toClosedError());
    this.#requests.clear();
  }

  #read(chunk: string): void {
    const lines = (this.#buffer + chunk).split('\n');
    this.#buffer = this.#faults.readsChunks ? '' : (lines.pop() ?? '');
    try {
      for (const line of lines) if (line !== '') this.#receive(JSON.parse(line) as [number, string | null, string?]);
    } catch {
      // After bytes that are not a reply, no later reply can be found.
      this.#socket.destroy();
    }
  }

  #receive([id, text, refusal]: [number, string | null, string?]): void {
    const [first] = this.#requests.keys();
    const key = this.#faults.losesOrder && first !== undefined ? first : id;
    const request = this.#requests.get(key);
    this.#requests.delete(key);
    if (refusal && !this.#faults.takesRefusals) {
      request?.reject(new CacheError('CACHE_REFUSED', 'The line server refuses it'));
    } else {
      request?.resolve(text ?? undefined);
    }
  }
}

function toClosedError(): CacheError {
  return new CacheError('CACHE_UNAVAILABLE', 'The line server is not connected');
}
