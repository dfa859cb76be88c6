import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mockServices } from '@backstage/backend-test-utils';
import { extendCache } from '@greenroom/cache-core';
import { startRedis, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import openApiDocument from '../openapi.json';
import { createRoutes } from './http/createRoutes';
import { createAnswerCheck, describedRoutes } from './testSupport/describedAnswers';
import { serviceTokens, startBackend } from './testSupport/startBackend';
import type { RunningBackend } from './testSupport/startBackend';

const answers = createAnswerCheck();

let server: TestServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Sends requests that are answered in all ways, and holds each answer against the document. */
async function checkAnswers(backend: RunningBackend): Promise<Record<string, number[]>> {
  const statuses: Record<string, number[]> = {};
  const tokens = [serviceTokens.everything, serviceTokens.elsewhere, 'no-such-token'];
  const queries = ['?plugin=catalog', '?plugin=search&limit=1', '?plugin=*'];
  for (const route of describedRoutes) {
    const [method = '', path = ''] = route.split(' ');
    for (const token of tokens) {
      for (const query of path === '/v1/entries' ? queries : ['']) {
        for (const body of method === 'POST' ? [{}, { plugin: 'catalog' }] : [undefined]) {
          const response = await backend.request(`${path}${query}`, { method, token, body });
          answers.check(route, response);
          statuses[route] = [...(statuses[route] ?? []), response.status];
        }
      }
    }
  }
  return statuses;
}

it('the document is valid', async () => {
  const program = require.resolve('@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
  const { stdout } = await promisify(execFile)(process.execPath, [program, join(__dirname, '../openapi.json')]);
  expect(JSON.parse(stdout)).toEqual({ valid: true });
});

it('the document describes each route, and no other', () => {
  const routes = createRoutes({ httpAuth: {} as never, operations: {} as never });
  expect([...describedRoutes].sort()).toEqual([...routes.keys()].sort());
});

it('the document is served', async () => {
  const backend = await startBackend({});
  const { body } = await backend.request('/openapi.json', { token: serviceTokens.everything });
  expect(body).toEqual(openApiDocument);
});

it('every answer is described, with a store in memory', async () => {
  const backend = await startBackend({});
  await backend.cacheOf('catalog').set('one', 1);
  await extendCache(backend.cacheOf('search')).getOrSet('one', () => 1, { ttl: '1m' });
  const statuses = await checkAnswers(backend);
  expect(statuses['GET /v1/entries']).toEqual([200, 200, 400, 403, 403, 403, 401, 401, 401]);
  expect(statuses['POST /v1/clear']).toEqual([400, 200, 403, 403, 401, 401]);
});

it('every answer is described, with a server, also while it is away', async () => {
  const backend = await startBackend({
    store: 'redis',
    connection: server.url,
    redis: { client: { namespace: 'acme' } },
  });
  for (const key of ['one', 'two', 'three']) await backend.cacheOf('search').set(key, 1);
  await checkAnswers(backend);

  const readStatus = () => backend.request('/v1/status', { token: serviceTokens.everything });
  await server.freeze();
  await backend.cacheOf('catalog').get('one');
  answers.check('GET /v1/status', await readStatus());
  await server.kill();
  await until('the store is away', async () => (await readStatus()).body.status === 'degraded', 5000);
  const statuses = await checkAnswers(backend);
  expect(statuses['GET /v1/entries']).toContain(503);
  expect(statuses['POST /v1/clear']).toContain(503);
});

it('every answer is described, in a backend whose cache is another one', async () => {
  const backend = await startBackend({}, { cacheService: mockServices.cache.factory() });
  const statuses = await checkAnswers(backend);
  expect(statuses['GET /v1/status']).toEqual([501, 403, 401]);
  expect(statuses['GET /v1/plugins']).toEqual([501, 403, 401]);
  expect(statuses['GET /v1/entries']).toEqual([501, 501, 400, 403, 403, 403, 401, 401, 401]);
  expect(statuses['POST /v1/clear']).toEqual([400, 501, 403, 403, 401, 401]);
});

it('everything that the document describes is in one of these answers, but for nodes of a cluster', () => {
  expect(answers.unseen()).toEqual(['Entries.unreached', 'Cleared.unreached']);
});
