import KeyvMemcache from '@keyv/memcache';
import KeyvRedis from '@keyv/redis';
import KeyvValkey from '@keyv/valkey';
import type { KeyvStoreAdapter } from 'keyv';
import type { Store } from '../openSubject';

/** The store adapter for caches that use Keyv; `undefined` for memory, for which each of them has its own. */
export function toKeyvStore(store: Store, connection: string | undefined): KeyvStoreAdapter | undefined {
  switch (store) {
    case 'redis':
      return new KeyvRedis(String(connection));
    case 'valkey':
      return new KeyvValkey(String(connection));
    case 'memcache':
      return new KeyvMemcache(String(connection));
    case 'memory':
    case 'none':
      return undefined;
  }
}
