import { createConfigSource } from '@greenroom/cache-core';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { sharedServerUrl, startMemcached } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { memcacheDriver } from './memcacheDriver';

const lacks = {
  clear: 'memcached cannot remove keys by prefix, and its listing may be incomplete',
  getMany: 'replies come in the order of the commands, so many gets at once cost one round trip anyway',
};

function toTarget(connection: string) {
  const config = createConfigSource({ connection }, 'backend.cache');
  return { driver: memcacheDriver, options: memcacheDriver.parseOptions(config), lacks };
}

const { cases, leftOut } = conformanceCasesFor(toTarget('unused'));

describe('Memcached', () => {
  it.each(cases)('$group: $name', ({ run }) => run(toTarget(sharedServerUrl('memcached'))));

  it.each(leftOut)('skips the conformance case "$name", because $reason', ({ name, reason }) => {
    expect(cases.map(other => other.name)).not.toContain(name);
    expect(Object.values(lacks)).toContain(reason);
  });
});

describe('three Memcached servers that require a password', () => {
  let servers: TestServer[] = [];
  beforeAll(async () => {
    const credentials = { username: 'bob', password: 'hunter2' };
    servers = await Promise.all(Array.from({ length: 3 }, () => startMemcached({ credentials })));
  });
  afterAll(() => Promise.all(servers.map(server => server.stop())));

  it.each(cases)('$group: $name', ({ run }) =>
    run(toTarget(`bob:hunter2@${servers.map(({ host, port }) => `${host}:${port}`).join(',')}`)),
  );
});
