import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import { createRouter, type RouterOptions } from './createRouter';
import { findValue } from './findValue';

export function createExamplePlugin(options: Pick<RouterOptions, 'findValue'>) {
  return createBackendPlugin({
    pluginId: 'example',
    register(env) {
      env.registerInit({
        deps: {
          cache: coreServices.cache,
          config: coreServices.rootConfig,
          httpRouter: coreServices.httpRouter,
          logger: coreServices.logger,
        },
        async init({ cache, config, httpRouter, logger }) {
          const cacheConfig = config.getOptionalConfig('backend.cache');
          const store = cacheConfig?.getOptionalString('driver') ?? cacheConfig?.getOptionalString('store') ?? 'memory';

          httpRouter.use(createRouter({ ...options, cache, logger, store }));
          httpRouter.addAuthPolicy({ path: '/', allow: 'unauthenticated' });
        },
      });
    },
  });
}

export default createExamplePlugin({ findValue });
