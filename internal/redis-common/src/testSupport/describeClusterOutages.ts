import { outageCases } from '@greenroom/cache-core/testing';
import type { Address } from '@greenroom/cache-core/testing';
import type { TestCluster } from '@greenroom/test-servers';
import type { StoreUnderTest } from './storeUnderTest';

const toUrl = ({ host, port }: Address) => `redis://${host}:${port}`;

/** The outage group of the conformance suite, on a cluster. */
export function describeClusterOutages(underTest: StoreUnderTest) {
  const { driver, serverName, store, toOptions, startLastingCluster } = underTest;

  describe(`a ${serverName} cluster`, () => {
    let cluster: TestCluster;
    beforeAll(async () => {
      cluster = await startLastingCluster();
    });
    afterAll(() => cluster.stop());

    it.each(outageCases)('$group: $name', ({ run }) =>
      run({
        driver,
        refusal: () => '-ERR refused\r\n',
        servers: cluster.nodes,
        untilReady: () => cluster.waitUntilFine(),
        async toOptions(addresses) {
          // Clients connect to the addresses that nodes announce.
          await cluster.announcePorts(addresses.map(({ port }) => port));
          return toOptions({
            [store]: { cluster: { rootNodes: addresses.map(address => ({ url: toUrl(address) })) } },
          });
        },
      }),
    );
  });
}
