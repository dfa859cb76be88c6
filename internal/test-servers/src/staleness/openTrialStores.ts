import type { ServerAddress } from '../protocol/serverAddress';
import { startRedis, startValkey } from '../servers/respServer';
import { startMemcached } from '../servers/startMemcached';
import type { TestServer } from '../servers/testServer';
import type { TrialStore } from './runTrials';
import type { Fault, ReplyProxy } from './trial';

/** The stores of trials with one server each. */
export interface TrialStores {
  /** The stores, in the order of the faults. */
  readonly stores: readonly TrialStore[];
  stop(): Promise<void>;
}

/** Starts the servers that the faults need: one that most of them share, and one for each fault that needs its own. */
export async function openTrialStores(
  store: TrialStore['store'],
  faults: readonly Fault[],
  createProxy: (server: ServerAddress) => Promise<ReplyProxy>,
): Promise<TrialStores> {
  const servers: TestServer[] = [];
  const proxies: ReplyProxy[] = [];
  const start = async ({ resp, memcached }: NonNullable<Fault['ownServer']> = {}) => {
    const server = await {
      redis: () => startRedis(resp && { args: resp }),
      valkey: () => startValkey(resp && { args: resp }),
      memcache: () => startMemcached(memcached && { args: memcached }),
    }[store]();
    servers.push(server);
    return server;
  };
  const toUrl = ({ host, port }: ServerAddress) => `${store === 'memcache' ? '' : 'redis://'}${host}:${port}`;
  const shared = start();
  const open = async (fault: Fault): Promise<TrialStore> => {
    const server = await (fault.ownServer ? start(fault.ownServer) : shared);
    const proxy = fault.throughProxy && (await createProxy(server));
    if (proxy) proxies.push(proxy);
    const config = { store, connection: toUrl(proxy?.address ?? server) };
    return { store, servers: [server], config, ...(proxy && { proxy }) };
  };
  const stop = async () => {
    await Promise.all(proxies.map(proxy => proxy.close()));
    await Promise.all(servers.map(server => server.stop()));
  };
  try {
    return { stores: await Promise.all(faults.map(open)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
