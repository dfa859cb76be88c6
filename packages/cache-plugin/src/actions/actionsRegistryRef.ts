import { createServiceFactory, createServiceRef } from '@backstage/backend-plugin-api';
import type { ServiceRef } from '@backstage/backend-plugin-api';
import type { ActionsRegistryService } from '@backstage/backend-plugin-api/alpha';

/**
 * Backstage's registry of actions, where the backend has one. Its reference is alpha, so this one has the same id. In a backend without the
 * registry, the default accepts all actions and ignores them.
 */
export const actionsRegistryRef: ServiceRef<ActionsRegistryService, 'plugin', 'singleton'> = createServiceRef({
  id: 'alpha.core.actionsRegistry',
  defaultFactory: async service =>
    createServiceFactory({ service, deps: {}, factory: () => ({ register: () => undefined }) }),
});
