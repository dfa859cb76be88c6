import { CacheError } from '@greenroom/cache-core';
import type { Credentials, GetCredentials } from '../config/credentials';
import type { ClientFactory, ServerClient } from './clientAdapter';
import { toServerName } from '../errors/serverPlace';
import type { Topology } from '../config/topology';

/** The same topology, whose servers get their credentials from `getCredentials`. Sentinels keep their own. */
export function withCredentials(topology: Topology, getCredentials: GetCredentials): Topology {
  return topology.kind === 'standalone'
    ? { ...topology, node: { ...topology.node, getCredentials } }
    : { ...topology, access: { ...topology.access, getCredentials } };
}

/** The same factory, whose clients call `getCredentials` of their server, if it has one, before they connect. */
export function askForCredentials(clients: ClientFactory): ClientFactory {
  return {
    serverName: clients.serverName,
    createClient({ getCredentials, ...server }, onLost) {
      const create = (credentials?: Credentials) => clients.createClient({ ...server, ...credentials }, onLost);
      return getCredentials
        ? createAskingClient(toServerName(clients.serverName, server), getCredentials, create)
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
