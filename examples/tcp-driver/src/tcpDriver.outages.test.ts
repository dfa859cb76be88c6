import { outageCases } from '@greenroom/cache-core/testing';
import { tcpDriver } from './tcpDriver';
import { startTcpServer, toRefusals } from './startTcpServer';
import type { TcpServer } from './startTcpServer';

/** Jest runs this file in several processes at once, each with a part of the cases: see jest.config.mjs. */
const { part = 0, parts = 1 } = globalThis as { part?: number; parts?: number };

describe('the promises in an outage', () => {
  let server: TcpServer;
  beforeAll(async () => {
    server = await startTcpServer();
  });
  afterAll(() => server.stop());

  it.each(outageCases.filter((_, index) => index % parts === part))(
    '$name',
    ({ run }) =>
      run({
        driver: tcpDriver,
        servers: [server],
        toOptions: ([address = server]) => ({ url: `tcp://${address.host}:${address.port}` }),
        refusal: toRefusals,
      }),
    60_000,
  );
});
