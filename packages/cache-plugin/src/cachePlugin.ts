import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import type { BackendFeature } from '@backstage/backend-plugin-api';
import { cacheOperatorServiceRef } from '@greenroom/cache-backstage';
import { createAccess } from './access/createAccess';
import { cacheClearPermission, cacheReadPermission } from './access/permissions';
import { actionsRegistryRef } from './actions/actionsRegistryRef';
import { registerActions } from './actions/registerActions';
import { createOperations } from './operations/createOperations';
import { createHandler } from './http/createHandler';

/**
 * The backend plugin `cache` for operators: it shows the state of the cache, how each plugin uses it and which entries it has, and can
 * clear them. It needs the cache of `@greenroom/cache-backstage` in the same backend.
 */
export const cachePlugin: BackendFeature = createBackendPlugin({
  pluginId: 'cache',
  register(env) {
    env.registerInit({
      deps: {
        actions: actionsRegistryRef,
        auditor: coreServices.auditor,
        auth: coreServices.auth,
        cache: cacheOperatorServiceRef,
        config: coreServices.rootConfig,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        permissions: coreServices.permissions,
        permissionsRegistry: coreServices.permissionsRegistry,
      },
      async init({ actions, auditor, auth, cache, config, httpAuth, httpRouter, permissions, permissionsRegistry }) {
        permissionsRegistry.addPermissions([cacheReadPermission, cacheClearPermission]);
        const access = createAccess({ auth, config, permissions });
        const operations = createOperations({ access, auditor, cache });
        httpRouter.use(createHandler({ httpAuth, operations }));
        registerActions({ actions, auth, operations });
      },
    });
  },
});
