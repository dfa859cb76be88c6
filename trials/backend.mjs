import { createSpecializedBackend } from '@backstage/backend-app-api';
import { coreServices, createBackendPlugin, createServiceFactory } from '@backstage/backend-plugin-api';
import { ConfigReader } from '@backstage/config';

// The smallest backend that starts and stops as all do, on the real wiring: `backend.mjs '{ "store": "memory" }'`. It
// prints what its plugin got from the cache, or why it did not start, and ends by itself.
const config = new ConfigReader({ backend: { cache: JSON.parse(process.argv[2]) } });

const quiet = () => {};
const logger = { error: quiet, warn: quiet, info: quiet, debug: quiet, child: () => logger };

function createLifecycle() {
  const shutdownHooks = [];
  return {
    addStartupHook: quiet,
    addBeforeShutdownHook: quiet,
    addShutdownHook: hook => shutdownHooks.push(hook),
    startup: quiet,
    beforeShutdown: quiet,
    shutdown: () => Promise.all(shutdownHooks.map(hook => hook())),
  };
}

const provide = (service, create) => createServiceFactory({ service, deps: {}, factory: create });
const backend = createSpecializedBackend({
  defaultServiceFactories: [
    provide(coreServices.rootConfig, () => config),
    provide(coreServices.rootLogger, () => logger),
    provide(coreServices.logger, () => logger),
    provide(coreServices.rootLifecycle, createLifecycle),
    provide(coreServices.lifecycle, createLifecycle),
  ],
});

const plugin = createBackendPlugin({
  pluginId: 'trial',
  register(env) {
    env.registerInit({
      deps: { cache: coreServices.cache },
      async init({ cache }) {
        await cache.set('key', 'stored');
        console.log(await cache.get('key'));
      },
    });
  },
});

async function main() {
  backend.add(import('@greenroom/cache-backstage'));
  backend.add(plugin);
  try {
    await backend.start();
  } catch (error) {
    console.log(error.message);
  }
  await backend.stop();
}

main();
