import { claimPort } from '../helpers/claimPort';

const attempts = 5;
// Messages of redis, valkey and memcached, and of the Docker engine.
const portTaken = /address already in use|port is already allocated/i;

/**
 * Calls `use` with ports that are reserved for it until it calls `release`. Calls it again with other ports if a process that has not
 * claimed one of them listens there.
 */
export async function withFreePorts<Result>(
  count: number,
  use: (ports: readonly number[], release: () => void) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const claims = await Promise.all(Array.from({ length: count }, claimPort));
    const release = () => claims.forEach(claim => claim.release());
    try {
      return await use(
        claims.map(({ port }) => port),
        release,
      );
    } catch (error) {
      release();
      if (attempt >= attempts || !portTaken.test(String(error))) throw error;
    }
  }
}
