import { serverKinds } from '../engines/serverKind';
import { startSharedServers } from './startSharedServers';

const urls = () => ['REDIS', 'VALKEY', 'MEMCACHED'].map(kind => process.env[`GREENROOM_TEST_${kind}_URL`]);

// The global setup has started all servers and set the variables, as an operator could do.
it('uses the servers named in the environment, and leaves the variables unchanged', async () => {
  const before = urls();
  const lines: string[] = [];
  const shared = await startSharedServers(serverKinds, line => lines.push(line));
  expect(urls()).toEqual(before);
  expect(lines).toEqual([
    'test servers: redis from GREENROOM_TEST_REDIS_URL, valkey from GREENROOM_TEST_VALKEY_URL, memcached from GREENROOM_TEST_MEMCACHED_URL',
  ]);
  await shared.stop();
  expect(urls()).toEqual(before);
});

it('starts a server that the environment does not name, and unsets its variable on stop', async () => {
  const { GREENROOM_TEST_MEMCACHED_URL: given } = process.env;
  delete process.env.GREENROOM_TEST_MEMCACHED_URL;
  try {
    const shared = await startSharedServers(serverKinds, () => {});
    expect(process.env.GREENROOM_TEST_MEMCACHED_URL).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(process.env.GREENROOM_TEST_MEMCACHED_URL).not.toBe(given);
    expect(shared.kinds).toEqual(['memcached']);
    await shared.stop();
    expect(process.env.GREENROOM_TEST_MEMCACHED_URL).toBeUndefined();
  } finally {
    process.env.GREENROOM_TEST_MEMCACHED_URL = given;
  }
});

it('starts no server of a kind that is not requested', async () => {
  const { GREENROOM_TEST_MEMCACHED_URL: given } = process.env;
  delete process.env.GREENROOM_TEST_MEMCACHED_URL;
  try {
    const shared = await startSharedServers(['redis'], () => {});
    expect(shared.kinds).toEqual([]);
    expect(process.env.GREENROOM_TEST_MEMCACHED_URL).toBeUndefined();
    await shared.stop();
  } finally {
    process.env.GREENROOM_TEST_MEMCACHED_URL = given;
  }
});
