import { coreServices, createBackendPlugin, createServiceFactory } from '@backstage/backend-plugin-api';
import { mockServices } from '@backstage/backend-test-utils';
import cacheServiceFactory from '@greenroom/cache-backstage';
import { createBackend } from 'newest-backend-defaults';
import { rootHttpRouterServiceFactory } from 'newest-backend-defaults/rootHttpRouter';
import cachePlugin from './index';
import { findHttpServer } from './testSupport/findHttpServer';
import { recordLog } from './testSupport/recordLog';
import { writePluginKeys } from './testSupport/writePluginKeys';

const token = 'token-of-a-service';

it('the newest Backstage serves a route and an action, both with the id of its instance', async () => {
  const log = recordLog();
  const backend = createBackend();
  let instance: unknown;
  const httpServer = findHttpServer();
  const keys = writePluginKeys();
  const config = {
    backend: {
      baseUrl: 'http://localhost',
      listen: { host: '127.0.0.1', port: 0 },
      auth: {
        pluginKeyStore: keys.keyStore,
        externalAccess: [{ type: 'static', options: { token, subject: 'operator' } }],
      },
    },
  };
  backend.add(mockServices.rootConfig.factory({ data: config }));
  backend.add(createServiceFactory({ service: coreServices.rootLogger, deps: {}, factory: () => log.logger }));
  backend.add(rootHttpRouterServiceFactory({ configure: httpServer.configure }));
  backend.add(cacheServiceFactory);
  backend.add(cachePlugin);
  backend.add(
    createBackendPlugin({
      pluginId: 'test',
      register(env) {
        env.registerInit({
          deps: { metadata: coreServices.rootInstanceMetadata },
          async init({ metadata }) {
            instance = (metadata as unknown as { getId(): string }).getId();
          },
        });
      },
    }),
  );
  await backend.start().finally(keys.remove);
  try {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const base = `http://127.0.0.1:${httpServer.port()}/api/cache`;
    const route = await fetch(`${base}/v1/status`, { headers });
    expect(await route.json()).toMatchObject({ status: 'ok', store: 'memory', instance });

    const path = '/.backstage/actions/v1/actions/cache:clear/invoke';
    const body = JSON.stringify({ plugin: 'catalog' });
    const action = await fetch(`${base}${path}`, { method: 'POST', headers, body });
    expect(await action.json()).toEqual({ output: { plugin: 'catalog', entries: 0, scope: 'process', instance } });
    const clears = log.takeAuditEvents().filter(({ eventId }) => eventId === 'cache-clear');
    expect(clears.map(({ status }) => status)).toEqual(['initiated', 'succeeded']);
  } finally {
    await backend.stop();
  }
});
