// A backend that loads plugins like that of Red Hat Developer Hub: https://github.com/redhat-developer/rhdh, packages/backend/src.
import { createBackend } from '@backstage/backend-defaults';
import { cacheServiceFactory } from '@backstage/backend-defaults/cache';
import { dynamicPluginsFeatureLoader } from '@backstage/backend-dynamic-feature-service';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';

const backend = createBackend();
// A factory that is added in code takes precedence over one of a plugin.
if (process.env.ENABLE_CORE_CACHE_OVERRIDE !== 'true') backend.add(cacheServiceFactory);
backend.add(dynamicPluginsFeatureLoader());
backend.add(
  createBackendPlugin({
    pluginId: 'trial',
    register(env) {
      env.registerInit({
        deps: { cache: coreServices.cache, http: coreServices.httpRouter },
        async init({ cache, http }) {
          http.use(async (_request, response) => {
            await cache.set('some-key', 'bob', { ttl: 60_000 });
            response.json(await cache.get('some-key'));
          });
        },
      });
    },
  }),
);

await backend.start();
console.log('The backend has started');
