import type { Readable } from 'node:stream';
import { CacheError, isCacheError } from '@greenroom/cache-core';
import { toTooLargeError } from '../commands/largeKeys';
import { withReplyCheck } from './withReplyCheck';
import { createReplyMeter } from './replyMeter';
import type { ReplyFault } from './replyMeter';
import type { ClientLibrary, RespClient } from './clientAdapter';
import { createServerFailure, isServerFailure } from '../errors/serverFailure';
import type { ServerNode, SocketNode } from '../config/serverNode';
import { toCommandName, toServerName } from '../errors/serverPlace';
import type { ServerPlace } from '../errors/serverPlace';
import type { Topology } from '../config/topology';

const MIB = 1024 * 1024;
/** Limit of a reply with one value: more than 1 Gbit/s delivers within the default `commandTimeout`. */
const MAX_BYTES = 64 * MIB;
/** Added to the limit for each value that a command for several asks for. */
const BYTES_PER_VALUE = MIB;
const MAX_BYTES_OF_MANY = 256 * MIB;
/** CLUSTER SLOTS has 300,000 elements in a cluster with replicas whose 16,384 slots are all listed singly. */
const MAX_ELEMENTS = MIB;
/** Keys in a SCAN reply that take up one value. */
const KEYS_PER_VALUE = 1000;

/**
 * The same library, whose clients check replies before the library parses them. A reply that does not fit its command,
 * or is larger than a cache needs, ends the connection. Errors name the server and the command.
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
  /** Values that commands for several have asked for and not received yet. */
  #asked = 0;
  /** The protocol violation that ended the connection. */
  #fault: CacheError | undefined;
  /** False until a command is blamed for a reply that is too large: the first one without a reply, as replies come in order. */
  #isBlamed = true;
  readonly #meter = createReplyMeter(() => ({
    bytes: Math.min(MAX_BYTES + this.#asked * BYTES_PER_VALUE, MAX_BYTES_OF_MANY),
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

  /** Checks each chunk in `push`, where a socket hands over what it has read. */
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
        ? `${serverName} sent a reply that is larger than a cache needs, so the connection was closed`
        : `${serverName} sent something that is not a reply of the Redis protocol`,
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

/** How many further values, of up to 1 MiB each, the reply to a command may hold. */
function toAsked(words: readonly string[]): number {
  const [command] = words;
  if (command === 'MGET') return words.length - 1;
  if (command === 'SCAN') return Math.ceil(Number(words.at(-1)) / KEYS_PER_VALUE);
  return 0;
}
