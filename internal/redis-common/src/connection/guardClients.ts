import type { Readable } from 'node:stream';
import { CacheError, isCacheError } from '@greenroom/cache-core';
import { withReplyCheck } from './withReplyCheck';
import { createReplyMeter } from './replyMeter';
import type { ReplyFault } from './replyMeter';
import type { ClientAdapter, ClientFactory, ServerClient } from './clientAdapter';
import { fromConnectionError } from '../errors/connectionError';
import { fromErrorReply } from '../errors/errorReply';
import { withFailure } from '../errors/serverFailure';
import type { ServerNode, SocketNode } from '../config/serverNode';
import { toCommandName, toServerName } from '../errors/serverPlace';
import type { ServerPlace } from '../errors/serverPlace';
import { toTooLargeError } from '../errors/tooLargeError';
import type { Topology } from '../config/topology';

const MIB = 1024 * 1024;
/** Limit of a reply with one value. It is more than 1 Gbit/s can deliver within the default `commandTimeout`. */
const MAX_BYTES = 64 * MIB;
/** Added to the limit for each value that a multi-value command asks for. */
const BYTES_PER_VALUE = MIB;
const MAX_BYTES_OF_MANY = 256 * MIB;
/** The reply to CLUSTER SLOTS has 300,000 elements when it lists each of the 16,384 slots singly, in a cluster with replicas. */
const MAX_ELEMENTS = MIB;
/** This many keys in a SCAN reply count as one value. */
const KEYS_PER_VALUE = 1000;

/**
 * The same adapter, whose clients check replies before the library parses them. A reply that does not fit its command, or is larger
 * than a cache needs, ends the connection. All errors are CacheErrors that name the server and the command; for errors of commands,
 * `failureOf` returns further details.
 */
export function guardClients(adapter: ClientAdapter, topology: Topology['kind']): ClientFactory {
  return {
    serverName: adapter.serverName,
    createClient: (server, onLost) => new GuardedClient(adapter, server, topology, onLost),
  };
}

class GuardedClient implements ServerClient {
  readonly #adapter: ClientAdapter;
  readonly #client: ServerClient;
  readonly #place: ServerPlace;
  /** Values that multi-value commands in flight have asked for. */
  #asked = 0;
  /** The protocol violation that ended the connection. */
  #fault: CacheError | undefined;
  /** False after a reply that is too large, until its command is found: the first one without a reply, as replies come in order. */
  #isBlamed = true;
  readonly #meter = createReplyMeter(() => ({
    bytes: Math.min(MAX_BYTES + this.#asked * BYTES_PER_VALUE, MAX_BYTES_OF_MANY),
    elements: MAX_ELEMENTS + this.#asked,
  }));

  constructor(
    adapter: ClientAdapter,
    server: ServerNode | SocketNode,
    topology: Topology['kind'],
    onLost: (error: CacheError) => void,
  ) {
    this.#adapter = adapter;
    this.#place = {
      serverName: toServerName(adapter.serverName, server),
      store: adapter.serverName.toLowerCase(),
      isClusterNode: topology === 'cluster',
      hasTls: server.tls !== undefined,
    };
    const lost = (error: unknown) => onLost(this.#toError(error));
    try {
      const bare = adapter.createClient(server, lost, socket => this.#watch(socket));
      this.#client = withReplyCheck(bare, this.#place.serverName, lost, (error, args) => this.#toError(error, args));
    } catch (error) {
      throw this.#toError(error);
    }
  }

  async connect(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      throw this.#toError(error);
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

  #toError(error: unknown, args?: readonly string[]): CacheError {
    if (args && !this.#isBlamed && this.#fault) {
      this.#isBlamed = true;
      const [command, ...largeKeys] = args;
      if (command === 'GET' || command === 'MGET') {
        return withFailure(toTooLargeError(this.#place.serverName), { largeKeys });
      }
    }
    if (this.#fault) return this.#fault;
    if (isCacheError(error)) return error;
    const place = {
      ...this.#place,
      ...(args && { command: toCommandName(args) }),
      isConnecting: !this.#meter.hasAnswered,
      refusal: this.#meter.refusal,
    };
    if (!this.#adapter.isErrorReply(error)) return withFailure(fromConnectionError(place, error), { isLost: true });
    // The error of the client is not kept as the cause: it can contain what was sent.
    return withFailure(fromErrorReply(place, error.message), { reply: error.message });
  }
}

/** How many further values, of up to 1 MiB each, the reply to a command may hold. */
function toAsked(args: readonly string[]): number {
  const [command] = args;
  if (command === 'MGET') return args.length - 1;
  if (command === 'SCAN') return Math.ceil(Number(args.at(-1)) / KEYS_PER_VALUE);
  return 0;
}
