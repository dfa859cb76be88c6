import { createConfigSource } from '@greenroom/cache-core';
import { conformanceCases } from '@greenroom/cache-core/testing';
import { sharedServerUrl, startRedisCluster } from '@greenroom/testing';
import type { TestCluster } from '@greenroom/testing';
import { redisDriver } from './redisDriver';

function toTarget(cache: object) {
  return { driver: redisDriver, options: redisDriver.parseOptions(createConfigSource(cache, 'backend.cache')) };
}

describe('Redis', () => {
  const namespace = 'my-app[*]';

  it.each(conformanceCases)('$group: $name', ({ run }) => run(toTarget({ connection: sharedServerUrl('redis') })));

  it.each(conformanceCases.filter(({ group }) => group !== 'lifecycle'))('with a namespace: $group: $name', ({ run }) =>
    run(toTarget({ connection: sharedServerUrl('redis'), redis: { client: { namespace, useUnlink: false } } })),
  );
});

describe('a Redis cluster', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 30_000);
  afterAll(() => cluster.stop());

  it.each(conformanceCases)('$group: $name', ({ run }) => {
    const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
    return run(toTarget({ redis: { cluster: { rootNodes } } }));
  });
});
