import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that is kept for one server, also while it does not listen. */
export interface ClaimedPort {
  readonly port: number;
  /** Gives the port back. Does nothing when it is back already. */
  release(): void;
}

// Below the ports that systems hand out by themselves. One of those can go to anybody as soon as its server stops listening: the
// server cannot come back, and its clients talk to somebody else's.
const lowestPort = 11_000;
const highestPort = 31_999;

/**
 * Claims a port on which nothing listens, and which no other test claims at the same time, in this process or another. Its sign
 * is the UDP port of the same number, which the system takes back when the process ends.
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

/** Somebody else has the port when not: nothing else can fail on loopback. */
const succeeds = (event: Promise<unknown>) =>
  event.then(
    () => true,
    () => false,
  );
