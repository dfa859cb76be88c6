import { CacheError } from '@greenroom/cache-core';
import type { Credentials, GetCredentials } from './credentials';
import type { ClientLibrary, RespClient } from './respClient';
import { toServerName } from './serverPlace';
import type { Topology } from './topology';

/** The same servers, each let in by credentials that are asked for; sentinels keep their own. */
export function withCredentials(topology: Topology, getCredentials: GetCredentials): Topology {
  return topology.kind === 'standalone'
    ? { ...topology, node: { ...topology.node, getCredentials } }
    : { ...topology, access: { ...topology.access, getCredentials } };
}

/** The same library, whose clients ask for credentials when they connect, if their server has them asked for. */
export function askingForCredentials(library: ClientLibrary): ClientLibrary {
  return {
    ...library,
    createClient({ getCredentials, ...server }, connectTimeoutMs, onLost) {
      const create = (credentials?: Credentials) =>
        library.createClient({ ...server, ...credentials }, connectTimeoutMs, onLost);
      return getCredentials
        ? createAskingClient(toServerName(library.serverName, server), getCredentials, create)
        : create();
    },
  };
}

function createAskingClient(
  serverName: string,
  getCredentials: GetCredentials,
  create: (credentials: Credentials) => RespClient,
): RespClient {
  let client: RespClient | undefined;
  let isDestroyed = false;
  const away = () => new CacheError('CACHE_UNAVAILABLE', `${serverName} is not connected`);

  return {
    get isReady() {
      return client?.isReady ?? false;
    },
    async connect() {
      const credentials = await ask(serverName, getCredentials);
      if (isDestroyed) throw away();
      client = create(credentials);
      await client.connect();
    },
    async send(words) {
      if (!client) throw away();
      return client.send(words);
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
    throw new CacheError('CACHE_AUTH', `The credentials for ${serverName} could not be got`, { cause: error });
  }
}
