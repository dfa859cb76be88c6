import { outageCases } from '@greenroom/cache-core/testing';
import type { Address } from '@greenroom/cache-core/testing';
import type { TestServer } from '@greenroom/test-servers';
import type { StoreUnderTest } from './storeUnderTest';

const toUrl = ({ host, port }: Address) => `redis://${host}:${port}`;

/** The outage group of the conformance suite, on a server. */
export function describeOutages(underTest: StoreUnderTest) {
  const { driver, serverName, toOptions, startLastingServer } = underTest;

  describe(serverName, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startLastingServer();
    });
    afterAll(() => server.stop());

    it.each(outageCases)('$group: $name', ({ run }) =>
      run({
        driver,
        refusal: () => '-ERR refused\r\n',
        servers: [server],
        toOptions: ([address = server]) => toOptions({ connection: toUrl(address) }),
      }),
    );
  });
}
