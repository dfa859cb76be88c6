import type { Readable } from 'node:stream';
import { CacheError, isCacheError } from '@greenroom/cache-core';
import { toTooLargeError } from '../commands/largeKeys';
import { withReplyCheck } from './withReplyCheck';
import { createReplyMeter } from './replyMeter';
import type { ReplyFault } from './replyMeter';
import type { ClientAdapter, ServerClient } from './clientAdapter';
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
 * The same adapter, whose clients check replies before the library parses them. A reply that does not fit its command,
 * or is larger than a cache needs, ends the connection. Errors name the server and the command.
 */
export function guardClients(adapter: ClientAdapter, topology: Topology['kind']): ClientAdapter {
  return {
    serverName: adapter.serverName,
    createClient: (server, connectTimeoutMs, onLost) =>
      new GuardedClient(adapter, server, topology, connectTimeoutMs, onLost),
    isErrorReply: (error): error is Error => adapter.isErrorReply(isServerFailure(error) ? error.cause : error),
    toCacheError(error) {
      if (!isServerFailure(error)) return adapter.toCacheError(error);
      const { place, cause } = error;
      return place.largeKeys ? toTooLargeError(place.serverName) : adapter.toCacheError(cause, place);
    },
  };
}

class GuardedClient implements ServerClient {
  readonly #client: ServerClient;
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
    adapter: ClientAdapter,
    server: ServerNode | SocketNode,
    topology: Topology['kind'],
    connectTimeoutMs: number,
    onLost: (error: unknown) => void,
  ) {
    this.#place = {
      serverName: toServerName(adapter.serverName, server),
      store: adapter.serverName.toLowerCase(),
      isClusterNode: topology === 'cluster',
      hasTls: server.tls !== undefined,
    };
    const lost = (error: unknown) => onLost(this.#toFailure(error));
    const bare = adapter.createClient(server, connectTimeoutMs, lost, socket => this.#watch(socket));
    this.#client = withReplyCheck(bare, this.#place.serverName, lost, (error, args) => this.#toFailure(error, args));
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

  send(args: readonly string[]): ReturnType<ServerClient['send']> {
    const asked = toAsked(args);
    if (asked === 0) return this.#client.send(args);
    this.#asked += asked;
    return this.#client.send(args).finally(() => {
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

  #toFailure(error: unknown, args?: readonly string[]): unknown {
    if (args && !this.#isBlamed && this.#fault) {
      this.#isBlamed = true;
      const [command, ...largeKeys] = args;
      if (command === 'GET' || command === 'MGET') {
        return createServerFailure(this.#fault, { ...this.#place, command, largeKeys });
      }
    }
    if (this.#fault) return this.#fault;
    if (isCacheError(error)) return error;
    const { refusal } = this.#meter;
    return createServerFailure(error, {
      ...this.#place,
      ...(args && { command: toCommandName(args) }),
      isConnecting: !this.#meter.hasAnswered,
      refusal,
    });
  }
}

/** How many further values, of up to 1 MiB each, the reply to a command may hold. */
function toAsked(args: readonly string[]): number {
  const [command] = args;
  if (command === 'MGET') return args.length - 1;
  if (command === 'SCAN') return Math.ceil(Number(args.at(-1)) / KEYS_PER_VALUE);
  return 0;
}
