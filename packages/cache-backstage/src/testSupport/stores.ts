import { once } from 'node:events';
import { connect } from 'node:net';
import {
  sendCommands,
  sharedServerUrl,
  startMemcached,
  startRedis,
  startRedisCluster,
  startValkey,
  startValkeyCluster,
} from '@greenroom/test-servers';
import type { RespClusterOptions, ServerAddress, TestCluster, TestServer } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';

/** The server of a store, as tests use it. */
interface StoreServer {
  /** `backend.cache.connection` of the server that all tests share. */
  sharedConnection(): string;
  /** Starts a server for one test. */
  start(): Promise<TestServer>;
  /** Starts a server for several tests, which have to stop it. */
  startForFile(): Promise<TestServer>;
  /** The keys on a server that contain `text`. */
  findKeys(server: ServerAddress, text: string): Promise<readonly string[]>;
  /** How many keys a server has. */
  countKeys(server: ServerAddress): Promise<number>;
  /** How many client connections a server has, not counting the one that asks. */
  countConnections(server: ServerAddress): Promise<number>;
}

/** A store to test. `server` is absent for a store without one. */
export interface StoreUnderTest {
  /** Its name in `backend.cache.store`. */
  readonly store: string;
  readonly server?: StoreServer;
}

export type ServerStore = StoreUnderTest & { readonly server: StoreServer };

const redis = respStore('redis', startRedis);
const valkey = respStore('valkey', startValkey);

const memcache: ServerStore = {
  store: 'memcache',
  server: {
    sharedConnection: () => sharedServerUrl('memcached'),
    start: () => stoppedAtTheEnd(startMemcached()),
    startForFile: () => startMemcached(),
    findKeys: async (server, text) => {
      const items = await countItems(server);
      const keys = new Set<string>();
      // An entry that moves between the lists of memcached can be missing from a dump, or be in it twice. While the server's own crawler is
      // running, a dump is refused.
      do {
        const dump = await talkTo(server, 'lru_crawler metadump all\r\n', '\r\n');
        for (const [, key = ''] of dump.matchAll(/^key=(\S+)/gm)) keys.add(decodeURIComponent(key));
      } while (keys.size < items);
      return [...keys].filter(key => key.includes(text)).sort();
    },
    countKeys: countItems,
    countConnections: async server => {
      const connections = await talkTo(server, 'stats conns\r\n', 'END\r\n');
      const states = [...connections.matchAll(/^STAT \d+:state conn_(\w+)/gm)].map(([, state]) => state);
      return states.filter(state => state !== 'listening' && state !== 'closed').length - 1;
    },
  },
};

/** Every store: the same configuration has to mean the same on each. */
export const stores: readonly StoreUnderTest[] = [{ store: 'memory' }, redis, valkey, memcache];

/** The stores that have a server. */
export const serverStores: readonly ServerStore[] = [redis, valkey, memcache];

/** The stores whose servers speak the Redis protocol; they have namespaces and clusters. */
export const respStores: readonly ServerStore[] = [redis, valkey];

/** The same stores with a function that starts a cluster. The test stops it. */
export const clusterStores: readonly (ServerStore & {
  readonly startCluster: (options: RespClusterOptions) => Promise<TestCluster>;
})[] = [
  { ...redis, startCluster: startRedisCluster },
  { ...valkey, startCluster: startValkeyCluster },
];

async function countItems(server: ServerAddress): Promise<number> {
  return Number(/curr_items (\d+)/.exec(await talkTo(server, 'stats\r\n', 'END\r\n'))?.[1]);
}

/** `backend.cache` for a store on the server that all tests share. */
export function toCacheConfig({ store, server }: StoreUnderTest): { store: string; connection?: string } {
  return { store, ...(server && { connection: server.sharedConnection() }) };
}

/** The host and port in a connection URL. */
export function toAddress(connection: string): ServerAddress {
  const { hostname, port } = new URL(/:\/\//.test(connection) ? connection : `memcache://${connection}`);
  return { host: hostname, port: Number(port) };
}

/** Sends bytes to a server, as another client would, and returns its answer up to `end`. */
export async function talkTo({ host, port }: ServerAddress, request: string | Buffer, end: string): Promise<string> {
  const socket = connect(port, host);
  try {
    socket.write(request);
    let answer = '';
    const signal = AbortSignal.timeout(5000);
    while (!answer.endsWith(end)) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      answer += chunk.toString('latin1');
    }
    return answer;
  } finally {
    socket.destroy();
  }
}

function respStore(store: 'redis' | 'valkey', start: () => Promise<TestServer>): ServerStore {
  return {
    store,
    server: {
      sharedConnection: () => sharedServerUrl(store),
      start: () => stoppedAtTheEnd(start()),
      startForFile: () => start(),
      findKeys: async (server, text) => {
        const [keys] = await sendCommands(server, [['KEYS', `*${text}*`]]);
        return (keys as readonly string[]).toSorted();
      },
      countKeys: async server => Number((await sendCommands(server, [['DBSIZE']]))[0]),
      countConnections: async server => {
        const [clients] = await sendCommands(server, [['CLIENT', 'LIST', 'TYPE', 'NORMAL']]);
        return String(clients).trim().split('\n').length - 1;
      },
    },
  };
}

async function stoppedAtTheEnd(starting: Promise<TestServer>): Promise<TestServer> {
  const server = await starting;
  cleanUp(() => server.stop());
  return server;
}
