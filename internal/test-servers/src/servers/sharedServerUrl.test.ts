import { connect } from 'node:net';
import { once } from 'node:events';
import { sharedServerUrl } from './sharedServerUrl';

it.each(['redis', 'valkey', 'memcached'] as const)('a run has a %s server that its tests share', async kind => {
  const { hostname, port } = new URL(sharedServerUrl(kind).replace(/^(?!rediss?:)/, 'tcp://'));
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.destroy();
});

it('says how to get a shared server where there is none', () => {
  const { GREENROOM_TEST_REDIS_URL } = process.env;
  process.env.GREENROOM_TEST_REDIS_URL = '';
  expect(() => sharedServerUrl('redis')).toThrow('set GREENROOM_TEST_REDIS_URL');
  process.env.GREENROOM_TEST_REDIS_URL = GREENROOM_TEST_REDIS_URL;
});
