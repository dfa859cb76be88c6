import { serviceTokens, startBackend } from './testSupport/startBackend';
import type { RunningBackend } from './testSupport/startBackend';

let backend: RunningBackend;
beforeAll(async () => {
  backend = await startBackend({});
});

const clear = (body: unknown, token: string) => backend.request('/v1/clear', { method: 'POST', body, token });

it('a clear is audited with its result', async () => {
  await backend.cacheOf('catalog').set('some-key', 'a secret value');
  const { status, body } = await clear({ plugin: 'catalog' }, serviceTokens.everything);

  expect(status).toBe(200);
  const origin = {
    ...{ plugin: 'cache', eventId: 'cache-clear', severityLevel: 'medium' },
    actor: expect.objectContaining({ actorId: 'operator' }),
    request: { method: 'POST', url: '/api/cache/v1/clear' },
  };
  expect(backend.log.takeAuditEvents()).toEqual([
    expect.objectContaining({ ...origin, status: 'initiated', meta: { plugin: 'catalog' } }),
    expect.objectContaining({
      ...origin,
      status: 'succeeded',
      meta: { plugin: 'catalog', entries: 1, scope: 'process', instance: body.instance },
    }),
  ]);
});

it.each([
  ['refused', 'catalog', serviceTokens.reading, 403, 'NotAllowedError'],
  ['invalid', 'catalog*', serviceTokens.everything, 400, 'InputError'],
])(
  'a clear that is %s is audited as failed and removes nothing',
  async (_what, plugin, token, expectedStatus, name) => {
    await backend.cacheOf('catalog').set('some-key', 'a secret value');
    const { status } = await clear({ plugin }, token);

    expect(status).toBe(expectedStatus);
    expect(backend.log.takeAuditEvents()).toMatchObject([
      { eventId: 'cache-clear', status: 'initiated' },
      { eventId: 'cache-clear', status: 'failed', error: { name } },
    ]);
    expect(await backend.cacheOf('catalog').get('some-key')).toBe('a secret value');
  },
);

it('an invalid plugin id does not appear in the audit', async () => {
  await clear({ plugin: 'forged\nline' }, serviceTokens.everything);
  for (const { meta } of backend.log.takeAuditEvents()) expect(meta).toBeUndefined();
});

it('reading status, figures and entries is not audited', async () => {
  for (const path of ['/v1/status', '/v1/plugins', '/v1/entries?plugin=catalog']) {
    expect((await backend.request(path, { token: serviceTokens.everything })).status).toBe(200);
  }
  expect(backend.log.takeAuditEvents()).toEqual([]);
});
