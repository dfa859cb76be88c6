import { createPermission } from '@backstage/plugin-permission-common';
import type { BasicPermission } from '@backstage/plugin-permission-common';

/** Allows seeing the state of the cache, its figures, and the keys and sizes of entries, but never their values. */
export const cacheReadPermission: BasicPermission = createPermission({
  name: 'cache.read',
  attributes: { action: 'read' },
});

/** Allows removing all entries of a plugin. */
export const cacheClearPermission: BasicPermission = createPermission({
  name: 'cache.clear',
  attributes: { action: 'delete' },
});
