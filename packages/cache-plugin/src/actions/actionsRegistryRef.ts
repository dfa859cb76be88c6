import { createServiceFactory, createServiceRef } from '@backstage/backend-plugin-api';
import type { ServiceRef } from '@backstage/backend-plugin-api';
import type { ActionsRegistryService } from '@backstage/backend-plugin-api/alpha';

/**
 * Backstage's registry of actions, where the backend has one. It is alpha, so it is found by its id, and a backend without it
 * gets one that takes all and keeps nothing.
 */
export const actionsRegistryRef: ServiceRef<ActionsRegistryService, 'plugin', 'singleton'> = createServiceRef({
  id: 'alpha.core.actionsRegistry',
  defaultFactory: async service =>
    createServiceFactory({ service, deps: {}, factory: () => ({ register: () => undefined }) }),
});
