import { createSpecializedBackend } from '@backstage/backend-app-api';
import { httpRouterServiceFactory } from '@backstage/backend-defaults/httpRouter';
import { loggerServiceFactory } from '@backstage/backend-defaults/logger';
import { rootHttpRouterServiceFactory } from '@backstage/backend-defaults/rootHttpRouter';
import { rootLifecycleServiceFactory } from '@backstage/backend-defaults/rootLifecycle';
import { coreServices, createServiceFactory } from '@backstage/backend-plugin-api';
import { mockServices } from '@backstage/backend-test-utils';
import cacheServiceFactory from '@greenroom/cache-backstage';
import cachePlugin from './index';
import { findHttpServer } from './testSupport/findHttpServer';
import { recordLog } from './testSupport/recordLog';
import { serviceTokens, startBackend } from './testSupport/startBackend';
import type { RunningBackend } from './testSupport/startBackend';

let backend: RunningBackend;
beforeAll(async () => {
  backend = await startBackend({});
});

const actionsPath = '/.backstage/actions/v1/actions';
const invoke = (id: string, input: object, token = serviceTokens.everything) =>
  backend.request(`${actionsPath}/${id}/invoke`, { method: 'POST', body: input, token });

it('the actions declare whether they are read-only, idempotent and destructive', async () => {
  const { body } = await backend.request(actionsPath, { token: serviceTokens.everything });
  expect(body.actions).toMatchObject([
    { id: 'cache:status', attributes: { readOnly: true, idempotent: true, destructive: false } },
    { id: 'cache:plugins', attributes: { readOnly: true, idempotent: true, destructive: false } },
    { id: 'cache:clear', attributes: { readOnly: false, idempotent: true, destructive: true } },
  ]);
});

it.each(['status', 'plugins'])('cache:%s returns the same as its route', async name => {
  await backend.cacheOf('catalog').get('some-key');
  const action = await invoke(`cache:${name}`, {});
  const route = await backend.request(`/v1/${name}`, { token: serviceTokens.everything });
  expect([action.status, action.body]).toEqual([200, { output: route.body }]);
});

it('cache:clear removes the entries, and the audit names the caller', async () => {
  await backend.cacheOf('catalog').set('some-key', 'bob');
  backend.log.takeAuditEvents();
  const { status, body } = await invoke('cache:clear', { plugin: 'catalog' });

  expect(status).toBe(200);
  expect(body.output).toMatchObject({ plugin: 'catalog', entries: 1, scope: 'process' });
  expect(await backend.cacheOf('catalog').get('some-key')).toBeUndefined();
  const meta = { plugin: 'catalog', action: 'cache:clear', caller: 'operator' };
  expect(backend.log.takeAuditEvents()).toMatchObject([
    { eventId: 'cache-clear', status: 'initiated', meta },
    { eventId: 'cache-clear', status: 'succeeded', meta: { ...meta, entries: 1 } },
  ]);
});

it('actions need the same rights as their routes, and each failed cache:clear is audited', async () => {
  const user = backend.toUserToken('user:default/jane');
  backend.log.takeAuditEvents();
  expect((await invoke('cache:clear', { plugin: 'catalog' }, user)).status).toBe(403);
  expect((await invoke('cache:clear', { plugin: 'catalog' }, serviceTokens.reading)).status).toBe(403);
  expect((await invoke('cache:status', {}, serviceTokens.clearing)).status).toBe(403);
  expect((await invoke('cache:clear', { plugin: '*' })).status).toBe(400);
  const failed = backend.log.takeAuditEvents().filter(({ status }) => status === 'failed');
  expect(failed.map(({ meta }) => meta)).toEqual([
    { plugin: 'catalog', action: 'cache:clear', caller: 'user:default/jane' },
    { plugin: 'catalog', action: 'cache:clear', caller: 'monitor' },
    { action: 'cache:clear', caller: 'operator' },
  ]);
});

it('a backend without an actions registry still serves the routes', async () => {
  const httpServer = findHttpServer();
  const listen = { host: '127.0.0.1', port: 0 };
  const config = { backend: { baseUrl: 'http://localhost', listen, cache: { store: 'memory' } } };
  const services = [
    mockServices.auditor.factory(),
    mockServices.auth.factory(),
    mockServices.discovery.factory(),
    mockServices.httpAuth.factory(),
    httpRouterServiceFactory,
    mockServices.lifecycle.factory(),
    loggerServiceFactory,
    mockServices.permissions.factory(),
    mockServices.permissionsRegistry.factory(),
    mockServices.rootConfig.factory({ data: config }),
    mockServices.rootHealth.factory(),
    rootHttpRouterServiceFactory({ configure: httpServer.configure }),
    rootLifecycleServiceFactory,
    createServiceFactory({ service: coreServices.rootLogger, deps: {}, factory: () => recordLog().logger }),
  ];
  const without = createSpecializedBackend({ defaultServiceFactories: services });
  without.add(cacheServiceFactory);
  without.add(cachePlugin);
  await without.start();
  const response = await fetch(`http://127.0.0.1:${httpServer.port()}/api/cache/v1/status`);
  expect(await response.json()).toMatchObject({ status: 'ok' });
  await without.stop();
});
