import crypto from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { claimPort } from './claimPort';

/** Makes `claimPort` try these ports, one after the other. */
const tryPorts = (...ports: readonly number[]) =>
  ports.reduce(
    (random, port) => random.mockImplementationOnce(() => port),
    jest.spyOn(crypto, 'randomInt') as unknown as jest.SpyInstance<number, []>,
  );

describe('claimPort', () => {
  it('skips a claimed port until it is released', async () => {
    const [first, second, third] = [await claimPort(), await claimPort(), await claimPort()];
    second.release();
    tryPorts(first.port, second.port);
    const fourth = await claimPort();
    expect(fourth.port).toBe(second.port);
    for (const claim of [first, third, fourth, fourth]) claim.release();
  });

  it('skips a port on which a server listens', async () => {
    const [taken, free] = [await claimPort(), await claimPort()];
    const server = createServer().listen(taken.port, '127.0.0.1');
    await once(server, 'listening');
    taken.release();
    free.release();
    tryPorts(taken.port, free.port);
    const claim = await claimPort();
    expect(claim.port).toBe(free.port);
    claim.release();
    server.close();
  });

  // The suite is published, so it cannot import the test servers. Those cannot import the suite, as the tests of core use them.
  it('is identical to its copy in the test servers', () => {
    const read = (path: string) => readFileSync(join(__dirname, path), 'utf8');
    const ofServers = read('../../../../../internal/test-servers/src/helpers/claimPort.ts');
    expect(ofServers).toBe(read('claimPort.ts'));
  });
});
