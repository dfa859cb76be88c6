import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import type { BackendFeature } from '@backstage/backend-plugin-api';
import { cacheOperatorServiceRef } from './cacheOperatorService';

/** The backend plugin `cache`, for operators: what state the cache is in, what is in it, and how to clear it. */
export const cachePlugin: BackendFeature = createBackendPlugin({
  pluginId: 'cache',
  register(env) {
    env.registerInit({
      deps: { cache: cacheOperatorServiceRef, httpRouter: coreServices.httpRouter },
      async init({ cache, httpRouter }) {
        httpRouter.use((request, response, next) => {
          if (request.method === 'GET' && request.path === '/v1/status') response.json(cache.status());
          else next();
        });
      },
    });
  },
});
