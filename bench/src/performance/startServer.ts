import { startMemcached, startRedis, startValkey } from '@greenroom/testing';
import type { TestServer } from '@greenroom/testing';
import type { Store } from '../guarantees/scenario';

const starters: Readonly<Record<Store, () => Promise<TestServer>>> = {
  redis: startRedis,
  valkey: startValkey,
  memcache: startMemcached,
};

export function startServer(store: Store): Promise<TestServer> {
  return starters[store]();
}
