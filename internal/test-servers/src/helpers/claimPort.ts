import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that is reserved for one server, even while it does not listen. */
export interface ClaimedPort {
  readonly port: number;
  /** Releases the port. Does nothing when it is already released. */
  release(): void;
}

// Ports below the ephemeral range. A port in that range can be given to any process as soon as its server stops listening: the server could
// not start again, and its clients would talk to another one.
const lowestPort = 11_000;
const highestPort = 31_999;

/**
 * Claims a port on which nothing listens and that no other test claims at the same time, in this process or another. The claim is a UDP
 * socket on the same port number, which the system closes when the process ends.
 */
export async function claimPort(): Promise<ClaimedPort> {
  for (;;) {
    const port = randomInt(lowestPort, highestPort + 1);
    const claim = createSocket('udp4').unref();
    claim.bind({ port, address: '127.0.0.1', exclusive: true });
    if ((await succeeds(once(claim, 'listening'))) && (await isFree(port))) {
      let isClaimed = true;
      const release = () => {
        if (isClaimed) claim.close();
        isClaimed = false;
      };
      return { port, release };
    }
    claim.close();
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  if (!(await succeeds(once(server, 'listening')))) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** A failure means that another process has the port: nothing else can fail on loopback. */
const succeeds = (event: Promise<unknown>) =>
  event.then(
    () => true,
    () => false,
  );
