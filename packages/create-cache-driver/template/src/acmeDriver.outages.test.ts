import { outageCases } from '@greenroom/cache-core/testing';
import { acmeDriver } from './acmeDriver';
import { startAcmeServer, toRefusals } from './startAcmeServer';
import type { AcmeServer } from './startAcmeServer';

/** Jest runs this file in several processes at once, each with a part of the cases: see jest.config.mjs. */
const { part = 0, parts = 1 } = globalThis as { part?: number; parts?: number };

describe('the promises in an outage', () => {
  let server: AcmeServer;
  beforeAll(async () => {
    server = await startAcmeServer();
  });
  afterAll(() => server.stop());

  it.each(outageCases.filter((_, index) => index % parts === part))(
    '$name',
    ({ run }) =>
      run({
        driver: acmeDriver,
        servers: [server],
        toOptions: ([address = server]) => ({ url: `acme://${address.host}:${address.port}` }),
        refusal: toRefusals,
      }),
    60_000,
  );
});
