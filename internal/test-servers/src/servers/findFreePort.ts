import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that systems hand out for outgoing connections. From that range, a client that reconnects in a loop while the
// server is down could be given the server's own port, and the server could not come back on it.
const lowestPort = 11_000;
const highestPort = 31_999;

/** Returns a port on which nothing listens at 127.0.0.1. It is not reserved: whoever uses it has to cope with losing it. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowestPort, highestPort + 1);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
