import type { Readable } from 'node:stream';
import { CacheError, isCacheError } from '@greenroom/cache-core';
import { toTooLargeError } from './largeKeys';
import { withReplyCheck } from './withReplyCheck';
import { createReplyMeter } from './replyMeter';
import type { ReplyFault } from './replyMeter';
import type { ClientLibrary, RespClient } from './respClient';
import { createServerFailure, isServerFailure } from './serverFailure';
import type { ServerNode, SocketNode } from './serverNode';
import { toCommandName, toServerName } from './serverPlace';
import type { ServerPlace } from './serverPlace';
import type { Topology } from './topology';

const MIB = 1024 * 1024;
/** A reply of one value: more than a network of 1 Gbit/s brings within the default `commandTimeout`. */
const MAX_BYTES = 64 * MIB;
/** For each further value that is asked for at the same time. */
const BYTES_A_VALUE = MIB;
const MAX_BYTES_OF_MANY = 256 * MIB;
/** Of each 16,384 slots alone, a cluster with replicas has 300,000. */
const MAX_ELEMENTS = MIB;
const KEYS_OF_A_SCAN = 1000;

/**
 * The same library, whose clients look at replies before the library does, and name in errors the server and the command. A
 * connection ends when a reply is none to its command, or larger than a cache can want.
 */
export function guardClients(library: ClientLibrary, topology: Topology['kind']): ClientLibrary {
  return {
    serverName: library.serverName,
    createClient: (server, connectTimeoutMs, onLost) =>
      new GuardedClient(library, server, topology, connectTimeoutMs, onLost),
    isErrorReply: (error): error is Error => library.isErrorReply(isServerFailure(error) ? error.cause : error),
    toCacheError(error) {
      if (!isServerFailure(error)) return library.toCacheError(error);
      const { place, cause } = error;
      return place.largeKeys ? toTooLargeError(place.serverName) : library.toCacheError(cause, place);
    },
  };
}

class GuardedClient implements RespClient {
  readonly #client: RespClient;
  readonly #place: ServerPlace;
  /** Values that are asked for by commands which ask for several. */
  #asked = 0;
  /** What the server has done wrong, which was the end of the connection. */
  #fault: CacheError | undefined;
  /** Replies come in the order of the commands: the first command without one is that whose reply is too large. */
  #isBlamed = true;
  readonly #meter = createReplyMeter(() => ({
    bytes: Math.min(MAX_BYTES + this.#asked * BYTES_A_VALUE, MAX_BYTES_OF_MANY),
    elements: MAX_ELEMENTS + this.#asked,
  }));

  constructor(
    library: ClientLibrary,
    server: ServerNode | SocketNode,
    topology: Topology['kind'],
    connectTimeoutMs: number,
    onLost: (error: unknown) => void,
  ) {
    this.#place = {
      serverName: toServerName(library.serverName, server),
      store: library.serverName.toLowerCase(),
      isClusterNode: topology === 'cluster',
      hasTls: server.tls !== undefined,
    };
    const lost = (error: unknown) => onLost(this.#toFailure(error));
    const bare = library.createClient(server, connectTimeoutMs, lost, socket => this.#watch(socket));
    this.#client = withReplyCheck(bare, this.#place.serverName, lost, (error, words) => this.#toFailure(error, words));
  }

  get isReady(): boolean {
    return this.#client.isReady;
  }

  async connect(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      throw this.#toFailure(error);
    }
  }

  send(words: readonly string[]): ReturnType<RespClient['send']> {
    const asked = toAsked(words);
    if (asked === 0) return this.#client.send(words);
    this.#asked += asked;
    return this.#client.send(words).finally(() => {
      this.#asked -= asked;
    });
  }

  destroy(): void {
    this.#client.destroy();
  }

  /** `push` is where a socket hands on what it has read: nothing reaches the library that has not been looked at. */
  #watch(socket: Readable): void {
    const push = socket.push.bind(socket);
    socket.push = (chunk: Uint8Array | null) => {
      if (this.#fault) return false;
      const fault = chunk === null ? undefined : this.#meter.accept(chunk);
      if (!fault) return push(chunk);
      if (chunk && this.#meter.complete > 0) push(chunk.subarray(0, this.#meter.complete));
      this.#fault = this.#toFault(fault);
      this.#isBlamed = fault !== 'too-large';
      socket.destroy(this.#fault);
      return false;
    };
  }

  #toFault(fault: ReplyFault): CacheError {
    const { serverName } = this.#place;
    if (fault === 'tls') {
      return new CacheError('CACHE_UNAVAILABLE', `${serverName} speaks TLS: use a URL with rediss:// or valkeys://`);
    }
    return new CacheError(
      'CACHE_REFUSED',
      fault === 'too-large'
        ? `${serverName} has begun a reply that is larger than a cache can want, and was given up`
        : `${serverName} has sent what is no reply of the Redis protocol`,
    );
  }

  #toFailure(error: unknown, words?: readonly string[]): unknown {
    if (words && !this.#isBlamed && this.#fault) {
      this.#isBlamed = true;
      const [command, ...largeKeys] = words;
      if (command === 'GET' || command === 'MGET') {
        return createServerFailure(this.#fault, { ...this.#place, command, largeKeys });
      }
    }
    if (this.#fault) return this.#fault;
    if (isCacheError(error)) return error;
    const { refusal } = this.#meter;
    return createServerFailure(error, {
      ...this.#place,
      ...(words && { command: toCommandName(words) }),
      isConnecting: !this.#meter.hasAnswered,
      refusal,
    });
  }
}

/** How many values, of up to a MiB, the reply to a command may have beyond one. */
function toAsked(words: readonly string[]): number {
  const [command] = words;
  if (command === 'MGET') return words.length - 1;
  if (command === 'SCAN') return Math.ceil(Number(words.at(-1)) / KEYS_OF_A_SCAN);
  return 0;
}
