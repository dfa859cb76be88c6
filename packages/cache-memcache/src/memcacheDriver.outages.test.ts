import { createConfigSource } from '@greenroom/cache-core';
import { outageCases } from '@greenroom/cache-core/testing';
import { startMemcached } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { memcacheDriver } from './memcacheDriver';

describe('two Memcached servers', () => {
  let servers: readonly TestServer[];
  beforeAll(async () => {
    servers = await Promise.all([startMemcached(), startMemcached()]);
  });
  afterAll(() => Promise.all(servers.map(server => server.stop())));

  it.each(outageCases)('$group: $name', ({ run }) =>
    run({
      driver: memcacheDriver,
      refusal: () => 'SERVER_ERROR refused\r\n',
      servers,
      toOptions: addresses => {
        const connection = addresses.map(({ host, port }) => `${host}:${port}`).join(',');
        return memcacheDriver.parseOptions(createConfigSource({ connection }, 'backend.cache'));
      },
    }),
  );
});
