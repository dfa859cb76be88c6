import { CacheError } from '@greenroom/cache-core';
import { askServer } from './askServer';
import type { ServerAddress } from './nodeConnection';
import type { ClientLibrary } from './respClient';
import { cleanText } from './cleanText';
import { toServerName } from './serverPlace';
import { accessOf } from './serverNode';
import type { ServerNode } from './serverNode';
import type { SentinelTopology } from './topology';

/**
 * Asks the sentinels where the master is, the one that answered last first. The sentinel modes of the client libraries
 * are not used: they queue and repeat commands during a failover.
 *
 * @see https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
export function createSentinelLocator(library: ClientLibrary, topology: SentinelTopology, timeoutMs: number) {
  const { serverName } = library;
  let sentinels = [...topology.rootNodes];

  return async function locate(signal: AbortSignal): Promise<ServerAddress> {
    let failure: unknown;
    for (const sentinel of sentinels) {
      if (signal.aborted) break;
      try {
        const address = await ask(sentinel, signal);
        sentinels = [sentinel, ...sentinels.filter(other => other !== sentinel)];
        return address;
      } catch (error) {
        failure = error;
      }
    }
    const { code, message } = library.toCacheError(failure);
    throw new CacheError(
      code === 'CACHE_AUTH' ? code : 'CACHE_UNAVAILABLE',
      `No ${serverName} sentinel could tell where the master is: ${message}`,
    );
  };

  async function ask(sentinel: ServerNode, signal: AbortSignal): Promise<ServerAddress> {
    // Sentinels have no databases.
    const { database: _database, ...access } = { ...topology.sentinelAccess, ...accessOf(sentinel) };
    const { host, port } = sentinel;
    const words = ['SENTINEL', 'get-master-addr-by-name', topology.name];
    const reply = await askServer(library, { ...access, host, port }, words, { timeoutMs, signal });
    if (!Array.isArray(reply)) {
      const name = toServerName(`${library.serverName} sentinel`, sentinel);
      throw new CacheError('CACHE_UNAVAILABLE', `${name} knows no master '${cleanText(topology.name)}'`);
    }
    return { host: String(reply[0]), port: Number(reply[1]) };
  }
}
