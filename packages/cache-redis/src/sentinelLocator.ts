import { CacheError } from '@greenroom/cache-core';
import type { SentinelTopology, ServerNode } from '@greenroom/resp';
import { createNodeClient } from './nodeClient';
import type { ServerAddress } from './nodeClient';
import { toCacheError } from './redisError';

/**
 * Asks the sentinels where the master is, the one that answered last first. The sentinel mode of the client library is
 * not used: it queues and repeats commands during a failover, and lets them pass one after the other.
 *
 * @see https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
export function createSentinelLocator(topology: SentinelTopology, connectTimeoutMs?: number) {
  let sentinels = [...topology.rootNodes];

  return async function locate(): Promise<ServerAddress> {
    let failure: unknown;
    for (const sentinel of sentinels) {
      try {
        const address = await ask(sentinel);
        sentinels = [sentinel, ...sentinels.filter(other => other !== sentinel)];
        return address;
      } catch (error) {
        failure = error;
      }
    }
    const reason = toCacheError(failure).message;
    throw new CacheError('CACHE_UNAVAILABLE', `No Redis sentinel could tell where the master is: ${reason}`);
  };

  async function ask(sentinel: ServerNode): Promise<ServerAddress> {
    // Sentinels have no databases.
    const { database: _database, ...access } = { ...topology.sentinelAccess, ...withoutAddress(sentinel) };
    const client = createNodeClient(sentinel, access, connectTimeoutMs);
    // Each failure is also the rejection of a call below.
    client.on('error', () => {});
    try {
      await client.connect();
      const reply = await client.sendCommand(['SENTINEL', 'get-master-addr-by-name', topology.name]);
      if (!Array.isArray(reply)) throw new CacheError('CACHE_UNAVAILABLE', `it knows no master '${topology.name}'`);
      return { host: String(reply[0]), port: Number(reply[1]) };
    } finally {
      if (client.isOpen) client.destroy();
    }
  }
}

function withoutAddress({ host: _host, port: _port, ...access }: ServerNode) {
  return access;
}
