import { CacheError } from '@greenroom/cache-core';
import type { Credentials, GetCredentials } from '../config/credentials';
import type { ClientAdapter, ServerClient } from './clientAdapter';
import { toServerName } from '../errors/serverPlace';
import type { Topology } from '../config/topology';

/** The same topology, whose servers get their credentials from `getCredentials`. Sentinels keep their own. */
export function withCredentials(topology: Topology, getCredentials: GetCredentials): Topology {
  return topology.kind === 'standalone'
    ? { ...topology, node: { ...topology.node, getCredentials } }
    : { ...topology, access: { ...topology.access, getCredentials } };
}

/** The same adapter, whose clients call `getCredentials` of their server, if it has one, before they connect. */
export function askForCredentials(adapter: ClientAdapter): ClientAdapter {
  return {
    ...adapter,
    createClient({ getCredentials, ...server }, connectTimeoutMs, onLost) {
      const create = (credentials?: Credentials) =>
        adapter.createClient({ ...server, ...credentials }, connectTimeoutMs, onLost);
      return getCredentials
        ? createAskingClient(toServerName(adapter.serverName, server), getCredentials, create)
        : create();
    },
  };
}

function createAskingClient(
  serverName: string,
  getCredentials: GetCredentials,
  create: (credentials: Credentials) => ServerClient,
): ServerClient {
  let client: ServerClient | undefined;
  let isDestroyed = false;
  const toUnavailableError = () => new CacheError('CACHE_UNAVAILABLE', `${serverName} is not connected`);

  return {
    get isReady() {
      return client?.isReady ?? false;
    },
    async connect() {
      const credentials = await ask(serverName, getCredentials);
      if (isDestroyed) throw toUnavailableError();
      client = create(credentials);
      await client.connect();
    },
    async send(args) {
      if (!client) throw toUnavailableError();
      return client.send(args);
    },
    destroy() {
      isDestroyed = true;
      client?.destroy();
    },
  };
}

async function ask(serverName: string, getCredentials: GetCredentials): Promise<Credentials> {
  try {
    return await getCredentials();
  } catch (error) {
    throw new CacheError('CACHE_AUTH', `Could not get the credentials for ${serverName}`, { cause: error });
  }
}
