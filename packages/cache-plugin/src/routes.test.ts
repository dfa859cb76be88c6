import { readPlugin } from './http/readPlugin';
import type { Request } from './http/request';
import { serviceTokens, startBackend } from './testSupport/startBackend';
import type { RequestOptions, RunningBackend } from './testSupport/startBackend';

let backend: RunningBackend;
beforeAll(async () => {
  backend = await startBackend({}, { pluginIds: ['catalog', 'search', 'notes'] });
  const [catalog, search] = [backend.cacheOf('catalog'), backend.cacheOf('search')];
  await catalog.set('one', 'a secret value', { ttl: 60_000 });
  await catalog.set('two', { secret: 'a secret value' });
  await catalog.get('one');
  await search.set('one', 'a secret value');
  await backend.cacheOf('notes').set('one', 'a secret value');
});

const request = (path: string, options: RequestOptions = {}) =>
  backend.request(path, { token: serviceTokens.everything, ...options });
const post = (body: unknown) => request('/v1/clear', { method: 'POST', body });
const instance = expect.stringMatching(/^[\w-]{36}$/);

it('GET /v1/status returns the state of the store and is not cacheable', async () => {
  const { status, body, headers } = await request('/v1/status');
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'ok', state: 'available', store: 'memory', servers: [], instance });
  expect(headers.get('cache-control')).toBe('no-store');
});

it('GET /v1/plugins returns the figures of each plugin', async () => {
  const { body } = await request('/v1/plugins');
  expect(body).toMatchObject({
    instance,
    plugins: [
      { plugin: 'catalog', hits: 1, misses: 0, errors: 0, bypasses: 0, sets: 2, setsWithoutTtl: 1, entries: 2 },
      { plugin: 'search', sets: 1, entries: 1 },
      { plugin: 'notes', sets: 1 },
    ],
  });
});

it('GET /v1/entries returns the entries of one plugin with size and expiry', async () => {
  const { body } = await request('/v1/entries?plugin=catalog');
  const { entries, ...others } = body as { readonly entries: readonly { readonly key: string }[] };
  expect(others).toEqual({ plugin: 'catalog', isApproximate: false, instance });
  expect(entries.toSorted((one, other) => one.key.localeCompare(other.key))).toEqual([
    { key: 'one', bytes: expect.any(Number), expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    { key: 'two', bytes: expect.any(Number), expiresAt: null },
  ]);
});

it('GET /v1/entries returns all entries in pages of at most the limit', async () => {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await request(
      `/v1/entries?plugin=catalog&limit=1${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    const page = body as { readonly entries: readonly { readonly key: string }[]; readonly cursor?: string };
    expect(page.entries.length).toBeLessThanOrEqual(1);
    keys.push(...page.entries.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(keys.sort()).toEqual(['one', 'two']);
});

it('GET /v1/entries returns an empty list for a plugin that has stored nothing', async () => {
  expect((await request('/v1/entries?plugin=nobody')).body).toMatchObject({ plugin: 'nobody', entries: [] });
});

it('a clear removes only the entries of its plugin', async () => {
  const own = await startBackend({}, { pluginIds: ['catalog', 'catalog-more'] });
  await own.cacheOf('catalog').set('one', 1);
  await own.cacheOf('catalog').set('two', 2);
  await own.cacheOf('catalog-more').set('one', 1);
  const { status, body } = await own.request('/v1/clear', {
    method: 'POST',
    body: { plugin: 'catalog' },
    token: serviceTokens.everything,
  });
  expect(status).toBe(200);
  expect(body).toEqual({ plugin: 'catalog', entries: 2, scope: 'process', instance });
  expect(await own.cacheOf('catalog').get('one')).toBeUndefined();
  expect(await own.cacheOf('catalog-more').get('one')).toBe(1);
});

describe('a plugin id', () => {
  const invalid = ['', 'cata*', 'a b', 'a:b', '../catalog', 'ä', 'x'.repeat(65), 'catalog\n', '%'];

  it.each([...invalid])('is refused with 400 when it is %j', async plugin => {
    const entries = await request(`/v1/entries?plugin=${encodeURIComponent(plugin)}`);
    const cleared = await post({ plugin });
    for (const { status, body } of [entries, cleared]) {
      expect([status, body.error]).toMatchObject([400, { name: 'InputError' }]);
    }
  });

  it.each(['notes', 'A_b-c.1', 'x'.repeat(64), '__proto__', 'constructor'])(
    'is accepted when it is %j',
    async plugin => {
      expect((await request(`/v1/entries?plugin=${plugin}`)).status).toBe(200);
      expect((await post(`{ "plugin": ${JSON.stringify(plugin)} }`)).body).toMatchObject({ plugin });
    },
  );

  it('is checked before the rights of the caller', async () => {
    expect((await request('/v1/entries?plugin=*', { token: serviceTokens.clearing })).status).toBe(400);
    const cleared = await backend.request('/v1/clear', {
      method: 'POST',
      body: { plugin: '*' },
      token: serviceTokens.reading,
    });
    expect(cleared.status).toBe(400);
  });

  it('is read from a body that is already parsed', async () => {
    const bodies = [{ plugin: 'catalog' }, {}, 'catalog'];
    const read = bodies.map(body => readPlugin({ body } as Request));
    expect(await Promise.all(read)).toEqual(['catalog', undefined, undefined]);
  });

  it.each([
    ['no body', undefined],
    ['invalid JSON', '{"plugin":'],
    ['an array', ['catalog']],
    ['a string', '"catalog"'],
    ['null', 'null'],
    ['a plugin id that is a number', { plugin: 7 }],
    ['several plugin ids', { plugin: ['catalog', 'search'] }],
    ['a body of more than 1 MiB', { plugin: 'catalog', more: 'x'.repeat(2 ** 20) }],
  ])('a clear with an invalid body answers 400: %s', async (_what, body) => {
    expect((await post(body)).status).toBe(400);
    expect(await backend.cacheOf('search').get('one')).toBe('a secret value');
  });
});

it.each([
  ['limit=0'],
  ['limit=1001'],
  ['limit=-1'],
  ['limit=1.5'],
  ['limit=1e2'],
  ['limit='],
  ['limit=all'],
  ['limit=1&limit=2'],
  ['plugin=search'],
  ['cursor='],
  ['cursor=a%20b'],
  ['cursor=of-another-answer'],
  [`cursor=${'x'.repeat(1025)}`],
])('GET /v1/entries answers 400 for %s', async parameter => {
  const { status, body } = await request(`/v1/entries?plugin=catalog&${parameter}`);
  expect([status, body.error]).toMatchObject([400, { name: 'InputError' }]);
});

it.each([
  ['limit=1', 200],
  ['limit=1000', 200],
])('GET /v1/entries accepts %s', async (parameter, status) => {
  expect((await request(`/v1/entries?plugin=catalog&${parameter}`)).status).toBe(status);
});

it('other paths and methods answer 404, except HEAD', async () => {
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/clear'],
    ['POST', '/v1/status'],
    ['DELETE', '/v1/entries?plugin=catalog'],
    ['GET', '/v1/status/more'],
  ] as const) {
    expect([method, path, (await request(path, { method })).status]).toEqual([method, path, 404]);
  }
  expect((await request('/v1/status', { method: 'HEAD' })).status).toBe(200);
});

it('no answer, audit event or log contains a value', async () => {
  const paths = ['/openapi.json', '/v1/status', '/v1/plugins', '/v1/entries?plugin=catalog', '/v1/entries?plugin=x*'];
  const answers = [...(await Promise.all(paths.map(path => request(path)))), await post({ plugin: 'notes' })];
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain('secret value');
  expect(backend.log.all()).not.toContain('secret value');
});
