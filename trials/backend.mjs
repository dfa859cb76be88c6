import { createSpecializedBackend } from '@backstage/backend-app-api';
import { coreServices, createBackendPlugin, createServiceFactory } from '@backstage/backend-plugin-api';
import { ConfigReader } from '@backstage/config';

// The smallest backend that starts and stops like a real one: `backend.mjs '{ "backend": { "cache": { "store": "memory" } } }'`. It prints
// what its plugin got from the cache, or why it did not start, and ends by itself. Given a list, it runs one backend after another.
const runs = [JSON.parse(process.argv[2])].flat();

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
const createBackend = config =>
  createSpecializedBackend({
    defaultServiceFactories: [
      provide(coreServices.rootConfig, () => new ConfigReader({ backend: config })),
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

async function run({
  backend: config,
  /** Packages that are added to the backend. */
  added = ['@greenroom/cache-backstage'],
  /** Whether feature discovery adds the installed packages too. */
  discovers = false,
  /** Whether the backend stops by itself once it has started; otherwise it waits for a signal. */
  stops = true,
}) {
  const backend = createBackend(config);
  for (const name of added) backend.add(import(name));
  if (discovers) backend.add((await import('@backstage/backend-defaults')).discoveryFeatureLoader);
  backend.add(plugin);
  try {
    await backend.start();
  } catch (error) {
    console.log(error.message);
  }
  if (stops) await backend.stop();
}

async function main() {
  for (const each of runs) await run(each);
}

main();
