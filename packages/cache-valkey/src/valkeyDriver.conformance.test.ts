import { createConfigSource } from '@greenroom/cache-core';
import { conformanceCases } from '@greenroom/cache-core/testing';
import { sharedServerUrl, startValkeyCluster } from '@greenroom/testing';
import type { TestCluster } from '@greenroom/testing';
import { valkeyDriver } from './valkeyDriver';

function toTarget(cache: object) {
  return { driver: valkeyDriver, options: valkeyDriver.parseOptions(createConfigSource(cache, 'backend.cache')) };
}

describe('Valkey', () => {
  const namespace = 'my-app[*]';

  it.each(conformanceCases)('$group: $name', ({ run }) => run(toTarget({ connection: sharedServerUrl('valkey') })));

  it.each(conformanceCases.filter(({ group }) => group !== 'lifecycle'))('with a namespace: $group: $name', ({ run }) =>
    run(toTarget({ connection: sharedServerUrl('valkey'), valkey: { client: { namespace, useUnlink: false } } })),
  );
});

describe('a Valkey cluster', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startValkeyCluster();
  }, 30_000);
  afterAll(() => cluster.stop());

  it.each(conformanceCases)('$group: $name', ({ run }) => {
    const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
    return run(toTarget({ valkey: { cluster: { rootNodes } } }));
  });
});
