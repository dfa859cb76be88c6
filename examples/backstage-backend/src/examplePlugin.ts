import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import { createRouter, type RouterOptions } from './createRouter';
import { findValue } from './findValue';
import { trafficSwitchRef } from './traffic/trafficSwitch';

export function createExamplePlugin(options: Pick<RouterOptions, 'findValue'>) {
  return createBackendPlugin({
    pluginId: 'example',
    register(env) {
      env.registerInit({
        deps: {
          auth: coreServices.auth,
          cache: coreServices.cache,
          config: coreServices.rootConfig,
          discovery: coreServices.discovery,
          httpRouter: coreServices.httpRouter,
          logger: coreServices.logger,
          traffic: trafficSwitchRef,
        },
        async init({ config, httpRouter, ...services }) {
          const cacheConfig = config.getOptionalConfig('backend.cache');
          const store = cacheConfig?.getOptionalString('driver') ?? cacheConfig?.getOptionalString('store') ?? 'memory';

          httpRouter.use(createRouter({ ...options, ...services, store }));
          httpRouter.addAuthPolicy({ path: '/', allow: 'unauthenticated' });
        },
      });
    },
  });
}

export default createExamplePlugin({ findValue });
