import { connect } from 'node:net';
import { once } from 'node:events';
import { sharedServerUrl } from './sharedServerUrl';

it.each(['redis', 'valkey', 'memcached'] as const)(
  'a test run has a shared %s server that accepts connections',
  async kind => {
    const { hostname, port } = new URL(sharedServerUrl(kind).replace(/^(?!rediss?:)/, 'tcp://'));
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.destroy();
  },
);

it('sharedServerUrl names the variable to set when there is no shared server', () => {
  const { GREENROOM_TEST_REDIS_URL } = process.env;
  process.env.GREENROOM_TEST_REDIS_URL = '';
  expect(() => sharedServerUrl('redis')).toThrow('set GREENROOM_TEST_REDIS_URL');
  process.env.GREENROOM_TEST_REDIS_URL = GREENROOM_TEST_REDIS_URL;
});
