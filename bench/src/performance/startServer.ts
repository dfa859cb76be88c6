import { startMemcached, startRedis, startValkey } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import type { Store } from '../guarantees/scenario';

const starters: Readonly<Record<Store, () => Promise<TestServer>>> = {
  redis: startRedis,
  valkey: startValkey,
  memcache: startMemcached,
};

export function startServer(store: Store): Promise<TestServer> {
  return starters[store]();
}
