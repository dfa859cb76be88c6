import type { AuthService, BackstageCredentials } from '@backstage/backend-plugin-api';
import type { ActionsRegistryService } from '@backstage/backend-plugin-api/alpha';
import type { Operations } from '../operations/createOperations';

export interface ActionsOptions {
  readonly actions: ActionsRegistryService;
  readonly auth: AuthService;
  readonly operations: Operations;
}

/** Offers the operations as actions, for instance to assistants. They check the same rights as the routes. */
export function registerActions({ actions, auth, operations }: ActionsOptions): void {
  actions.register({
    name: 'status',
    title: 'State of the cache',
    description:
      'Whether the cache of this backend reaches its store, since when, which servers it uses, the last error, the latest changes of ' +
      'state, and the near cache. Of one instance: each replica of the backend has its own state.',
    attributes: { readOnly: true, idempotent: true, destructive: false },
    schema: {
      input: z => z.object({}),
      output: z =>
        z
          .object({
            status: z.enum(['ok', 'degraded']),
            state: z.enum(['starting', 'available', 'read-only', 'unavailable']),
            since: z.string(),
            store: z.string(),
            servers: z.array(z.string()).readonly(),
            instance: z.string(),
          })
          .passthrough(),
    },
    action: async ({ credentials }) => ({ output: { ...(await operations.status(credentials)) } }),
  });

  actions.register({
    name: 'plugins',
    title: 'Use of the cache by plugin',
    description:
      'Hits, misses, errors, bypasses, writes and more of each plugin since the start of this instance; with the memory store ' +
      'also entries, bytes, evictions and expiries.',
    attributes: { readOnly: true, idempotent: true, destructive: false },
    schema: {
      input: z => z.object({}),
      output: z =>
        z.object({
          instance: z.string(),
          plugins: z.array(
            z
              .object({
                plugin: z.string(),
                hits: z.number(),
                misses: z.number(),
                errors: z.number(),
                bypasses: z.number(),
              })
              .passthrough(),
          ),
        }),
    },
    action: async ({ credentials }) => {
      const { instance, plugins } = await operations.plugins(credentials);
      return { output: { instance, plugins: plugins.map(figures => ({ ...figures })) } };
    },
  });

  actions.register({
    name: 'clear',
    title: 'Clear the cache of a plugin',
    description:
      'Removes all entries of one plugin, which it then has to compute or fetch again. With scope "process" this reaches only ' +
      'the instance that answers. With maxStalenessMs other instances may go on serving copies for that long.',
    attributes: { readOnly: false, idempotent: true, destructive: true },
    schema: {
      input: z => z.object({ plugin: z.string().describe('The id of the plugin, such as catalog') }),
      output: z =>
        z.object({
          plugin: z.string(),
          entries: z.number().optional().describe('How many entries were removed, where the store tells'),
          scope: z.enum(['process', 'store']),
          instance: z.string(),
          maxStalenessMs: z.number().optional().describe('How long other instances may go on serving copies, in ms'),
          unreached: z
            .array(z.string())
            .readonly()
            .optional()
            .describe('Servers of a cluster that could not be cleared'),
        }),
    },
    action: async ({ credentials, input }) => {
      // The HTTP request was sent to the registry, so the caller has to be added for the audit.
      const meta = { action: 'cache:clear', ...toCaller(auth, credentials) };
      return { output: await operations.clear(credentials, input.plugin, { meta }) };
    },
  });
}

function toCaller(auth: AuthService, credentials: BackstageCredentials): { readonly caller?: string } {
  if (auth.isPrincipal(credentials, 'user')) return { caller: credentials.principal.userEntityRef };
  if (auth.isPrincipal(credentials, 'service')) return { caller: credentials.principal.subject };
  return {};
}
