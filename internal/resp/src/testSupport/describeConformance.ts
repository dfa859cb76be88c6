import { conformanceCases } from '@greenroom/cache-core/testing';
import type { TestCluster } from '@greenroom/testing';
import type { StoreUnderTest } from './storeUnderTest';

/** The conformance suite on a server, with a namespace of special characters, and on a cluster. */
export function describeConformance(underTest: StoreUnderTest) {
  const { driver, serverName, store, sharedUrl, toOptions, startLastingCluster } = underTest;
  const toTarget = (cache: object) => ({ driver, options: toOptions(cache) });

  describe(serverName, () => {
    const client = { namespace: 'my-app[*]', useUnlink: false };

    it.each(conformanceCases)('$group: $name', ({ run }) => run(toTarget({ connection: sharedUrl() })));

    it.each(conformanceCases.filter(({ group }) => group !== 'lifecycle'))(
      'with a namespace: $group: $name',
      ({ run }) => run(toTarget({ connection: sharedUrl(), [store]: { client } })),
    );
  });

  describe(`a ${serverName} cluster`, () => {
    let cluster: TestCluster;
    beforeAll(async () => {
      cluster = await startLastingCluster();
    }, 30_000);
    afterAll(() => cluster.stop());

    it.each(conformanceCases)('$group: $name', ({ run }) => {
      const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
      return run(toTarget({ [store]: { cluster: { rootNodes } } }));
    });
  });
}
