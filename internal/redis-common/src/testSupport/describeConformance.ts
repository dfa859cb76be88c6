import { conformanceCases, conformanceCasesFor } from '@greenroom/cache-core/testing';
import type { TestCluster } from '@greenroom/test-servers';
import type { StoreUnderTest } from './storeUnderTest';

/** The conformance suite on a server, with a namespace of special characters, and on a cluster. */
export function describeConformance(underTest: StoreUnderTest) {
  const { driver, serverName, store, sharedUrl, toOptions, startLastingCluster } = underTest;
  /** A long timeout: on a busy machine operations could wait too long for the first connection. */
  const toTarget = (cache: object, settings: object = {}) => ({
    driver,
    options: toOptions({ ...cache, [store]: { client: { commandTimeout: '5s' }, ...settings } }),
  });

  describe(serverName, () => {
    const client = { namespace: 'my-app[*]', useUnlink: false, commandTimeout: '5s' };

    it.each(conformanceCases)('$group: $name', ({ run }) => run(toTarget({ connection: sharedUrl() })));

    it.each(conformanceCases.filter(({ group }) => group !== 'lifecycle'))(
      'with a namespace: $group: $name',
      ({ run }) => run(toTarget({ connection: sharedUrl() }, { client })),
    );
  });

  describe(`a ${serverName} cluster`, () => {
    let cluster: TestCluster;
    beforeAll(async () => {
      cluster = await startLastingCluster();
    });
    afterAll(() => cluster.stop());

    const toClusterTarget = (rootNodes: readonly object[]) => ({
      ...toTarget({}, { cluster: { rootNodes } }),
      lacks: { getMany: 'the keys of one command have to be in one slot' },
    });
    const { cases } = conformanceCasesFor(toClusterTarget([{ url: 'redis://localhost' }]));

    it.each(cases)('$group: $name', ({ run }) => run(toClusterTarget(cluster.nodes.map(({ url }) => ({ url })))));
  });
}
