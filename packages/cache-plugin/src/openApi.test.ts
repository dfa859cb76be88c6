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

/** The statuses that were answered, by route. */
type Statuses = Readonly<Record<string, readonly number[]>>;

/** Sends requests that lead to every kind of answer, and checks each answer against the document. */
async function checkAnswers(backend: RunningBackend): Promise<Statuses> {
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

it('the OpenAPI document is valid', async () => {
  const program = require.resolve('@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
  const { stdout } = await promisify(execFile)(process.execPath, [program, join(__dirname, '../openapi.json')]);
  expect(JSON.parse(stdout)).toEqual({ valid: true });
});

it('the OpenAPI document describes each route and no other', () => {
  const routes = createRoutes({ httpAuth: {} as never, operations: {} as never });
  expect([...describedRoutes].sort()).toEqual([...routes.keys()].sort());
});

it('the backend serves the OpenAPI document', async () => {
  const backend = await startBackend({});
  const { body } = await backend.request('/openapi.json', { token: serviceTokens.everything });
  expect(body).toEqual(openApiDocument);
});

describe('answers that are checked against the OpenAPI document', () => {
  let server: TestServer;
  let inMemory: Statuses;
  let away: Statuses;
  let foreign: Statuses;

  beforeAll(async () => {
    const memory = await startBackend({});
    await memory.cacheOf('catalog').set('one', 1);
    await extendCache(memory.cacheOf('search')).getOrSet('one', () => 1, { ttl: '1m' });
    inMemory = await checkAnswers(memory);

    server = await startRedis();
    const redis = { client: { namespace: 'acme' } };
    const backend = await startBackend({ store: 'redis', connection: server.url, redis, near: true });
    const readStatus = () => backend.request('/v1/status', { token: serviceTokens.everything });
    for (const key of ['one', 'two', 'three']) await backend.cacheOf('search').set(key, 1);
    await checkAnswers(backend);
    await server.freeze();
    await backend.cacheOf('catalog').get('one');
    answers.check('GET /v1/status', await readStatus());
    await server.kill();
    await until('the store is away', async () => (await readStatus()).body.status === 'degraded', 10_000);
    away = await checkAnswers(backend);

    foreign = await checkAnswers(await startBackend({}, { cacheService: mockServices.cache.factory() }));
  });
  afterAll(() => server.stop());

  it('have the expected statuses with a store in memory', () => {
    expect(inMemory).toEqual({
      'GET /openapi.json': [200, 403, 401],
      'GET /v1/status': [200, 403, 401],
      'GET /v1/plugins': [200, 403, 401],
      'GET /v1/entries': [200, 200, 400, 403, 403, 403, 401, 401, 401],
      'POST /v1/clear': [400, 200, 403, 403, 401, 401],
    });
  });

  it('have the expected statuses while the server is down', () => {
    expect(away).toEqual({
      ...inMemory,
      'GET /v1/entries': [503, 503, 400, 403, 403, 403, 401, 401, 401],
      'POST /v1/clear': [400, 503, 403, 403, 401, 401],
    });
  });

  it('have the expected statuses in a backend with another cache service', () => {
    expect(foreign).toEqual({
      'GET /openapi.json': [200, 403, 401],
      'GET /v1/status': [501, 403, 401],
      'GET /v1/plugins': [501, 403, 401],
      'GET /v1/entries': [501, 501, 400, 403, 403, 403, 401, 401, 401],
      'POST /v1/clear': [400, 501, 403, 403, 401, 401],
    });
  });

  it('cover everything that is described except unreachable servers of a cluster', () => {
    expect(answers.unseen()).toEqual(['Entries.unreached', 'Cleared.unreached']);
  });
});
