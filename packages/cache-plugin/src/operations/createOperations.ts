import type {
  AuditorService,
  AuditorServiceCreateEventOptions,
  BackstageCredentials,
} from '@backstage/backend-plugin-api';
import type {
  CacheEntries,
  CacheOperatorService,
  CacheStatus,
  ClearedPlugin,
  PluginFigures,
} from '@greenroom/cache-backstage';
import type { Access } from '../access/createAccess';
import { cacheClearPermission, cacheReadPermission } from '../access/permissions';
import { isPluginId, parseCursor, parseLimit, parsePluginId } from './requestParameters';
import { toBackstageError } from './toBackstageError';

/** The operations behind the routes and the actions. Each rejects with an error that Backstage answers with the right status. */
export interface Operations {
  status(caller: BackstageCredentials): Promise<CacheStatus>;
  plugins(caller: BackstageCredentials): Promise<AllFigures>;
  entries(caller: BackstageCredentials, query: EntriesQuery): Promise<CacheEntries>;
  /** Each call is an audit event, also one that is refused. @param origin - Where the call comes from, for the audit. */
  clear(caller: BackstageCredentials, plugin: unknown, origin: ClearOrigin): Promise<ClearedPlugin>;
}

/** The figures of all plugins that have used the cache of one backend. */
interface AllFigures {
  readonly instance: string;
  readonly plugins: readonly PluginFigures[];
}

/** The query as it was sent, before any check. */
export interface EntriesQuery {
  readonly plugin: string | undefined;
  readonly limit: string | undefined;
  readonly cursor: string | undefined;
}

type ClearOrigin = Pick<AuditorServiceCreateEventOptions, 'request' | 'meta'>;

export interface OperationsOptions {
  readonly access: Access;
  readonly auditor: AuditorService;
  readonly cache: CacheOperatorService;
}

export function createOperations({ access, auditor, cache }: OperationsOptions): Operations {
  async function clear(caller: BackstageCredentials, plugin: unknown): Promise<ClearedPlugin> {
    const pluginId = parsePluginId(plugin);
    await access.check(caller, cacheClearPermission, { usersNeedPolicy: true });
    return orFail(() => cache.clear(pluginId));
  }

  return {
    async status(caller) {
      await access.check(caller, cacheReadPermission);
      return orFail(() => cache.status());
    },

    async plugins(caller) {
      await access.check(caller, cacheReadPermission);
      return orFail(async () => ({ instance: cache.status().instance, plugins: await cache.plugins() }));
    },

    async entries(caller, query) {
      const pluginId = parsePluginId(query.plugin);
      const limit = parseLimit(query.limit);
      const cursor = parseCursor(query.cursor);
      await access.check(caller, cacheReadPermission, { usersNeedPolicy: true });
      const options = { limit, details: true, ...(cursor !== undefined && { cursor }) };
      return withoutValues(await orFail(() => cache.entries(pluginId, options)));
    },

    async clear(caller, plugin, { request, meta }) {
      const event = await auditor.createEvent({
        eventId: 'cache-clear',
        severityLevel: 'medium',
        ...(request && { request }),
        meta: { ...meta, ...(isPluginId(plugin) && { plugin }) },
      });
      const cleared = await clear(caller, plugin).catch(async (error: Error) => {
        await event.fail({ error });
        throw error;
      });
      await event.success({ meta: toMeta(cleared) });
      return cleared;
    },
  };
}

/** Returns what `ask` returns. Rejects with an error that Backstage understands. */
async function orFail<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toBackstageError(error);
  }
}

/** Copies only the documented properties, so that an answer never has a value, whatever the service returns. */
function withoutValues({ entries, ...others }: CacheEntries): CacheEntries {
  return {
    ...others,
    entries: entries.map(({ key, bytes, expiresAt }) => ({
      key,
      ...(bytes !== undefined && { bytes }),
      ...(expiresAt !== undefined && { expiresAt }),
    })),
  };
}

function toMeta({ entries, scope, instance, maxStalenessMs, unreached }: ClearedPlugin) {
  return {
    scope,
    instance,
    ...(entries !== undefined && { entries }),
    ...(maxStalenessMs !== undefined && { maxStalenessMs }),
    ...(unreached && { unreached: [...unreached] }),
  };
}
