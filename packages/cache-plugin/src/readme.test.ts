import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRedis } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { serviceTokens, startBackend } from './testSupport/startBackend';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
const examples = [...readme.matchAll(/```sh\n(curl [^]*?)```\n\n```json\n([^]*?)```/g)].map(
  ([, command = '', answer = '']) => ({ command, answer: JSON.parse(answer) as unknown }),
);

let server: TestServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Replaces each value by its type, and each list by its first element, so that answers can be compared by their shape. */
function toShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(toShape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toShape(each)]));
}

it('each command of the README returns an answer of the shape shown there', async () => {
  const backend = await startBackend({ store: 'redis', connection: server.url }, { pluginIds: ['catalog'] });
  await backend.cacheOf('catalog').set('some-key', 'bob', { ttl: { hours: 1 } });
  await backend.cacheOf('catalog').get('some-key');
  const env = { ...process.env, BACKEND: backend.url, GREENROOM_CACHE_TOKEN: serviceTokens.everything };

  expect(examples).toHaveLength(4);
  for (const { command, answer } of examples) {
    const { stdout } = await promisify(execFile)('bash', ['-c', command], { env });
    expect([command, toShape(JSON.parse(stdout))]).toEqual([command, toShape(answer)]);
  }
  expect(await backend.cacheOf('catalog').get('some-key')).toBeUndefined();
});
