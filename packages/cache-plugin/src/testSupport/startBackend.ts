import { actionsRegistryServiceFactory, actionsServiceFactory } from '@backstage/backend-defaults/alpha';
import { auditorServiceFactory } from '@backstage/backend-defaults/auditor';
import { authServiceFactory } from '@backstage/backend-defaults/auth';
import { httpAuthServiceFactory } from '@backstage/backend-defaults/httpAuth';
import { httpRouterServiceFactory } from '@backstage/backend-defaults/httpRouter';
import { lifecycleServiceFactory } from '@backstage/backend-defaults/lifecycle';
import { loggerServiceFactory } from '@backstage/backend-defaults/logger';
import { permissionsServiceFactory } from '@backstage/backend-defaults/permissions';
import { permissionsRegistryServiceFactory } from '@backstage/backend-defaults/permissionsRegistry';
import { userInfoServiceFactory } from '@backstage/backend-defaults/userInfo';
import { coreServices, createBackendPlugin, createServiceFactory } from '@backstage/backend-plugin-api';
import type { BackendFeature, CacheService } from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import type { JsonObject } from '@backstage/types';
import cacheServiceFactory from '@greenroom/cache-backstage';
import cachePlugin from '../index';
import { createIssuer } from './createIssuer';
import { recordLog } from './recordLog';
import type { LogRecord } from './recordLog';
import { writePluginKeys } from './writePluginKeys';

/** Tokens of services. The first one allows everything, `elsewhere` nothing here, the others what their names say. */
export const serviceTokens = {
  everything: 'token-for-everything',
  reading: 'token-for-reading',
  clearing: 'token-for-clearing',
  elsewhere: 'token-for-elsewhere',
};

/** How a test starts its backend. */
export interface BackendOptions {
  /** The rest of the configuration. */
  readonly config?: JsonObject;
  readonly features?: readonly BackendFeature[];
  /** The cache service. @defaultValue the default export of `@greenroom/cache-backstage` */
  readonly cacheService?: BackendFeature;
  /** Backstage accepts requests without a token. @defaultValue false */
  readonly disableDefaultAuthPolicy?: boolean;
  /** Plugins that use the cache. @defaultValue catalog and search */
  readonly pluginIds?: readonly string[];
}

export interface RunningBackend {
  /** `http://localhost:<port>`. */
  readonly url: string;
  readonly log: LogRecord;
  /** The token of a user, such as `user:default/jane`. */
  toUserToken(userEntityRef: string): string;
  cacheOf(pluginId: string): CacheService;
  /** Sends a request to the plugin. @param token - none, when absent */
  request(path: string, options?: RequestOptions): Promise<JsonResponse>;
  stop(): Promise<void>;
}

export interface RequestOptions {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
}

export interface JsonResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Starts a backend with the services of an app and the plugin. It stops at the end of the test file. */
export async function startBackend(cache: JsonObject, options: BackendOptions = {}): Promise<RunningBackend> {
  const { cacheService = cacheServiceFactory } = options;
  const { config = {}, features = [], disableDefaultAuthPolicy = false, pluginIds = ['catalog', 'search'] } = options;
  const issuer = createIssuer();
  const log = recordLog();
  const caches = new Map<string, CacheService>();
  const keys = writePluginKeys();
  const auth = {
    pluginKeyStore: keys.keyStore,
    externalAccess,
    dangerouslyDisableDefaultAuthPolicy: disableDefaultAuthPolicy,
  };
  const backend = await startTestBackend({
    features: [
      ...realServices,
      mockServices.rootConfig.factory({ data: { ...config, backend: { cache, auth } } }),
      createServiceFactory({ service: coreServices.rootLogger, deps: {}, factory: () => log.logger }),
      issuer.feature,
      cacheService,
      cachePlugin,
      ...pluginIds.map(pluginId => createUser(pluginId, caches)),
      ...features,
    ],
  }).finally(keys.remove);
  const url = `http://localhost:${backend.server.port()}`;
  return {
    url,
    log,
    toUserToken: userEntityRef => issuer.toToken(userEntityRef),
    cacheOf(pluginId) {
      const found = caches.get(pluginId);
      if (!found) throw new Error(`There is no plugin ${pluginId}`);
      return found;
    },
    request: (path, requestOptions) => send(`${url}/api/cache${path}`, requestOptions),
    stop: () => backend.stop(),
  };
}

async function send(url: string, { method = 'GET', token, body }: RequestOptions = {}): Promise<JsonResponse> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

/** The real services, in place of the mocks of the test utilities. */
const realServices: readonly BackendFeature[] = [
  actionsRegistryServiceFactory,
  actionsServiceFactory,
  auditorServiceFactory,
  authServiceFactory,
  httpAuthServiceFactory,
  httpRouterServiceFactory,
  lifecycleServiceFactory,
  loggerServiceFactory,
  permissionsServiceFactory,
  permissionsRegistryServiceFactory,
  userInfoServiceFactory,
];

/** A plugin that lets a test use its cache. */
function createUser(pluginId: string, caches: Map<string, CacheService>): BackendFeature {
  return createBackendPlugin({
    pluginId,
    register(env) {
      env.registerInit({
        deps: { cache: coreServices.cache },
        async init({ cache }) {
          caches.set(pluginId, cache);
        },
      });
    },
  });
}

const toAccess = (token: string, subject: string, restrictions?: JsonObject) => ({
  type: 'static',
  options: { token, subject },
  ...(restrictions && { accessRestrictions: [restrictions] }),
});

const externalAccess = [
  toAccess(serviceTokens.everything, 'operator'),
  toAccess(serviceTokens.reading, 'monitor', { plugin: 'cache', permission: 'cache.read' }),
  toAccess(serviceTokens.clearing, 'pipeline', { plugin: 'cache', permissionAttribute: { action: 'delete' } }),
  toAccess(serviceTokens.elsewhere, 'crawler', { plugin: 'catalog' }),
];
