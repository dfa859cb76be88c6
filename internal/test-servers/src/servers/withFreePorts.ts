import { findFreePort } from './findFreePort';

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
