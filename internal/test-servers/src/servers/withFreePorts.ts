import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that systems hand out for outgoing connections. From that range, a client that reconnects in a loop while the
// server is down could be given the server's own port, and the server could not come back on it.
const lowestPort = 11_000;
const highestPort = 31_999;

const attempts = 5;
// What redis, valkey and memcached print, and what the Docker engine says.
const portTaken = /address already in use|port is already allocated/i;

/** Calls `use` with ports that were free a moment ago, and again with others when one of them was lost to somebody else. */
export async function withFreePorts<Result>(
  count: number,
  use: (ports: readonly number[]) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await use(await findFreePorts(count));
    } catch (error) {
      if (attempt >= attempts || !portTaken.test(String(error))) throw error;
    }
  }
}

async function findFreePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

/** Returns a port on which nothing listens at 127.0.0.1. It is not reserved: whoever uses it has to cope with losing it. */
async function findFreePort(): Promise<number> {
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
