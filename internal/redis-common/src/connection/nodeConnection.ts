import { CacheError } from '@greenroom/cache-core';
import type { DriverHost } from '@greenroom/cache-core';
import { keepConnected } from '@greenroom/cache-core/connection';
import type { ConnectionSource, KeptConnection } from '@greenroom/cache-core/connection';
import type { NodeAccess } from '../config/nodeAccess';
import type { ServerAddress, SocketAddress } from '../config/serverAddress';
import { fromConnectionError } from '../errors/connectionError';
import { toAddressName, toServerName } from '../errors/serverPlace';
import type { ClientFactory, CommandSender, ServerClient } from './clientAdapter';
import { createLivenessProbe } from './livenessProbe';
import type { SendProbe } from './livenessProbe';
import type { ConnectionTimes, StoreConnection } from './storeConnection';

/** How to reach one server, which may be at another address each time. */
export interface NodeConnectionOptions {
  /** Finds the current address of the server. */
  readonly locate: (signal: AbortSignal) => Promise<ServerAddress | SocketAddress>;
  /** Called for each attempt to connect, because what is known of a server can change. */
  readonly access: () => NodeAccess;
  readonly times: ConnectionTimes;
  /** Whether operations wait for the first connection. @defaultValue true */
  readonly waitsForFirst?: boolean;
  /** Called with each new connection, before anything else is sent over it. */
  readonly prepare?: (client: CommandSender, address: ServerAddress | SocketAddress) => void;
}

/** A connection to one server. */
export interface NodeConnection extends StoreConnection {
  readonly state: KeptConnection<unknown>['state'];
  /** Address of the latest attempt to connect. */
  readonly target: ServerAddress | SocketAddress | undefined;
  /** Runs the operation with the connected client, like `use` of a kept connection. */
  use<T>(operation: (client: CommandSender) => Promise<T>, sinceMs?: number): Promise<T>;
  /** Looks the server up and connects again. Cancels attempts under way; the present connection stays until a new one is ready. */
  reconnect(): void;
}

/** A client that is connected. */
interface NodeLink {
  readonly client: ServerClient;
  readonly address: ServerAddress | SocketAddress;
  /** Set by the first ping. */
  sendProbe?: SendProbe;
}

/** Shortest time between two lookups of a server that stays read-only. */
const READ_ONLY_INTERVAL_MS = 5000;

/** Keeps a connection to one server, whose address is looked up again for each attempt. */
export function createNodeConnection(
  clients: ClientFactory,
  options: NodeConnectionOptions,
  host: DriverHost,
): NodeConnection {
  const { locate, access, times, waitsForFirst, prepare } = options;
  const probe = createLivenessProbe();
  let target: ServerAddress | SocketAddress | undefined;
  let readOnlyAtMs = -Infinity;

  const toName = () => (target ? toServerName(clients.serverName, target) : clients.serverName);

  const source: ConnectionSource<NodeLink> = {
    get serverName() {
      return toName();
    },
    async open(signal, lost) {
      const address = await locate(signal);
      signal.throwIfAborted();
      target = address;
      const client = clients.createClient({ ...access(), ...address }, lost);
      signal.addEventListener('abort', () => client.destroy());
      await client.connect();
      return { client, address };
    },
    async ping(link) {
      if (link.sendProbe) await link.sendProbe();
      else link.sendProbe = await probe.begin(link.client);
    },
    close: ({ client }) => client.destroy(),
    toCacheError: error => fromConnectionError({ serverName: toName() }, error),
    prepare: ({ client, address }) => prepare?.(client, address),
  };
  const kept = keepConnected(source, { ...times, waitsForFirst }, access().tls ? withTlsHint(host) : host);

  return {
    multiKey: true,
    get state() {
      return kept.state;
    },
    get target() {
      return target;
    },
    send: (_key, args, sinceMs) => kept.use(({ client }) => client.send(args), sinceMs),
    use: (operation, sinceMs) => kept.use(({ client }) => operation(client), sinceMs),
    masters: () => kept.use(async ({ client, address }) => [{ client, address: toAddressName(address) }]),
    servers: () => (target ? [toAddressName(target)] : []),
    connections: () => kept.connections(),
    reconnect: () => kept.reconnect(),
    becameReadOnly() {
      if (performance.now() - readOnlyAtMs < READ_ONLY_INTERVAL_MS) return;
      readOnlyAtMs = performance.now();
      kept.reconnect();
    },
    close: () => kept.close(),
  };
}

/** Adds a hint to a timeout before the first connection: a server without TLS stays silent, waiting for more of the handshake. */
function withTlsHint(host: DriverHost): DriverHost {
  let wasConnected = false;
  return {
    connected() {
      wasConnected = true;
      host.connected();
    },
    disconnected(error) {
      const isHandshake = error.code === 'CACHE_TIMEOUT' && !wasConnected;
      const hint = ': it may not speak TLS; if so, use a URL with redis:// or valkey://';
      host.disconnected(isHandshake ? new CacheError(error.code, `${error.message}${hint}`) : error);
    },
  };
}
