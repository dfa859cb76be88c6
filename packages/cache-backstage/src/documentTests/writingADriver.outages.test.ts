import { outageCases } from '@greenroom/cache-core/testing';
import { evaluate } from '../testSupport/writingADriver';
import type { AcmeServer } from '../testSupport/writingADriver';

const { startAcmeServer, toRefusals } = evaluate('startAcmeServer');
let server: AcmeServer;
beforeAll(async () => {
  server = await startAcmeServer();
});
afterAll(() => server.stop());

describe('the driver in docs/writing-a-driver.md', () => {
  const { acmeDriver } = evaluate('acmeDriver');

  // The left-out cases differ only in duration or in what the network does.
  const outages =
    /^(a server that (freezes|refuses)|open connections that go silent).* 20 op|is blocked|a refusal|down at startup|close during an outage|kept in memory/;
  it.each(outageCases.filter(({ name }) => outages.test(name)))('$group: $name', ({ run }) =>
    run({
      driver: acmeDriver,
      servers: [server],
      toOptions: ([address = server]) => ({ url: `acme://${address.host}:${address.port}` }),
      refusal: toRefusals,
    }),
  );
});
