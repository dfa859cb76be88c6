import type { CacheStatus, NearStatus } from './cacheOperatorService';
import type { OpenedCache } from './openedCache';
import type { SeenError } from './storeHistory';

/** The state of the store as this process knows it, without asking the store. */
export function toStatus(cache: OpenedCache): CacheStatus {
  const { manager, store, history, instance } = cache;
  const { namespace } = manager;
  const near = toNearStatus(cache);
  const connections = manager.connections();
  const servers = manager.servers();
  const latest = history.changes.at(-1);
  // A store without connections never reports a state.
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
    ...(near && { near }),
    ...(history.lastError && { lastError: toError(history.lastError, servers) }),
    changes: history.changes.map(({ atMs, ...change }) => ({ at: toIso(atMs), ...change })),
  };
}

function toNearStatus({ near, pluginIds }: OpenedCache): NearStatus | undefined {
  const figures = near.figures();
  if (!figures) return undefined;
  const plugins = [...pluginIds].flatMap(plugin => {
    const maxStalenessMs = near.maxStalenessOf(plugin);
    return maxStalenessMs === undefined ? [] : [{ plugin, maxStalenessMs }];
  });
  return { plugins, ...figures };
}

function toError({ code, message, atMs, pluginId }: SeenError, servers: readonly string[]) {
  // The longest match is used, as one address can be the beginning of another.
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
