import { createPermission } from '@backstage/plugin-permission-common';
import type { BasicPermission } from '@backstage/plugin-permission-common';

/** To see the state of the cache, its figures, and the keys and sizes of entries. Never their values. */
export const cacheReadPermission: BasicPermission = createPermission({
  name: 'cache.read',
  attributes: { action: 'read' },
});

/** To remove all entries of a plugin. */
export const cacheClearPermission: BasicPermission = createPermission({
  name: 'cache.clear',
  attributes: { action: 'delete' },
});
