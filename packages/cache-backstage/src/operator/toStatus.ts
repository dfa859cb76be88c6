import type { CacheStatus } from './cacheOperatorService';
import type { OpenedCache } from './openedCache';
import type { SeenError } from './storeHistory';

/** What is known of the store, without asking it. */
export function toStatus({ manager, store, history, instance }: OpenedCache): CacheStatus {
  const { namespace } = manager;
  const connections = manager.connections();
  const servers = manager.servers();
  const latest = history.changes.at(-1);
  // A store that is not reached by connections never reports one.
  const state = latest?.state ?? (connections === undefined ? 'available' : 'starting');
  return {
    status: state === 'available' || state === 'starting' ? 'ok' : 'degraded',
    state,
    since: toIso(latest?.atMs ?? history.startedAtMs),
    store,
    servers,
    ...(connections !== undefined && { connections }),
    instance,
    ...(namespace !== undefined && { namespace }),
    ...(history.lastError && { lastError: toError(history.lastError, servers) }),
    changes: history.changes.map(({ atMs, ...change }) => ({ at: toIso(atMs), ...change })),
  };
}

function toError({ code, message, atMs, pluginId }: SeenError, servers: readonly string[]) {
  // The longest: one address can be the beginning of another.
  const named = servers.filter(each => message.includes(each)).sort((one, other) => other.length - one.length);
  const server = named[0] ?? (servers.length === 1 ? servers[0] : undefined);
  return {
    code,
    message,
    at: toIso(atMs),
    ...(pluginId !== undefined && { plugin: pluginId }),
    ...(server !== undefined && { server }),
  };
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}
