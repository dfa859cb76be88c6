import { createPolicy } from './testSupport/createPolicy';
import { serviceTokens, startBackend } from './testSupport/startBackend';
import type { RunningBackend } from './testSupport/startBackend';
import permissionPlugin from '@backstage/plugin-permission-backend';

const routes = {
  status: ['/v1/status'],
  plugins: ['/v1/plugins'],
  entries: ['/v1/entries?plugin=catalog'],
  clear: ['/v1/clear', { method: 'POST', body: { plugin: 'catalog' } }],
} as const;
type RouteName = keyof typeof routes;

/** Requests every route. Returns the status of each. */
async function statusesFor(backend: RunningBackend, token?: string) {
  const answers = Object.entries(routes).map(async ([name, [path, options]]) => {
    const { status } = await backend.request(path, { ...options, ...(token !== undefined && { token }) });
    return [name, status] as const;
  });
  return Object.fromEntries(await Promise.all(answers)) as Record<RouteName, number>;
}

const allowed = { status: 200, plugins: 200, entries: 200, clear: 200 };
const reading = { ...allowed, clear: 403 };
const clearing = { status: 403, plugins: 403, entries: 403, clear: 200 };
const nothing = { status: 403, plugins: 403, entries: 403, clear: 403 };
const unknown = { status: 401, plugins: 401, entries: 401, clear: 401 };

describe.each([
  ['off', false, { jane: { ...reading, entries: 403 }, ravi: { ...reading, entries: 403 } }],
  ['on', true, { jane: reading, ravi: allowed }],
] as const)('access with the permission framework %s', (_state, enabled, users) => {
  let backend: RunningBackend;
  beforeAll(async () => {
    const policy = createPolicy({
      'user:default/jane': ['cache.read'],
      'user:default/ravi': ['cache.read', 'cache.clear'],
    });
    backend = await startBackend(
      {},
      { config: { permission: { enabled } }, features: enabled ? [permissionPlugin, policy] : [] },
    );
  });

  it.each([
    ['a service with an unrestricted token', serviceTokens.everything, allowed],
    ['a service whose token is limited to cache.read', serviceTokens.reading, reading],
    ['a service whose token is limited to permissions with the action delete', serviceTokens.clearing, clearing],
    ['a service whose token is limited to another plugin', serviceTokens.elsewhere, nothing],
    ['a caller without a token', undefined, unknown],
    ['a caller with a wrong token', 'no-such-token', unknown],
  ])('%s can use only the routes that it is allowed to use', async (_caller, token, expected) => {
    expect(await statusesFor(backend, token)).toEqual(expected);
  });

  it.each(Object.entries(users))(
    'the user %s can use only the routes that they are allowed to use',
    async (name, expected) => {
      expect(await statusesFor(backend, backend.toUserToken(`user:default/${name}`))).toEqual(expected);
    },
  );

  it('a user unknown to the policy can use only the routes open to every user', async () => {
    const expected = enabled ? nothing : { ...reading, entries: 403 };
    expect(await statusesFor(backend, backend.toUserToken('user:default/kim'))).toEqual(expected);
  });

  it('a refused clear names the permission that it needs', async () => {
    const { body } = await backend.request('/v1/clear', {
      method: 'POST',
      body: { plugin: 'catalog' },
      token: serviceTokens.reading,
    });
    expect(body.error).toMatchObject({ name: 'NotAllowedError', message: "The permission 'cache.clear' is needed" });
  });

  it('the metadata route lists the permissions cache.read and cache.clear', async () => {
    const { body } = await backend.request('/.well-known/backstage/permissions/metadata', {
      token: serviceTokens.everything,
    });
    expect(body.permissions).toEqual([
      { type: 'basic', name: 'cache.read', attributes: { action: 'read' } },
      { type: 'basic', name: 'cache.clear', attributes: { action: 'delete' } },
    ]);
  });
});

it('callers without a token get 401 even when the default auth policy is disabled', async () => {
  const backend = await startBackend({}, { disableDefaultAuthPolicy: true });
  expect(await statusesFor(backend)).toEqual(unknown);
  expect(backend.log.takeAuditEvents().map(({ status }) => status)).toEqual(['initiated', 'failed']);
});

it('users get an error and clear nothing when no permission backend runs', async () => {
  const backend = await startBackend({}, { config: { permission: { enabled: true } } });
  await backend.cacheOf('catalog').set('some-key', 'bob');
  const statuses = await statusesFor(backend, backend.toUserToken('user:default/jane'));
  for (const status of Object.values(statuses)) expect(status).toBeGreaterThanOrEqual(400);
  expect(await backend.cacheOf('catalog').get('some-key')).toBe('bob');
  expect(backend.log.takeAuditEvents().map(({ status }) => status)).toEqual(['initiated', 'failed']);
});
