import type { AuthService, DiscoveryService } from '@backstage/backend-plugin-api';
import express from 'express';
import Router from 'express-promise-router';

export interface CacheRoutesOptions {
  readonly auth: AuthService;
  readonly discovery: DiscoveryService;
}

/**
 * What the store cannot do (501), or not now (503). The body says so; the status does not, as the console of a browser would list
 * the request as an error of the page.
 */
const statusesOfStores = new Set([501, 503]);

/**
 * Passes requests on to the routes of the cache plugin, in the name of this plugin: the page has no sign-in, and the cache plugin
 * answers nobody without one. Whoever reaches this backend can clear caches by it, so it is for a demonstration on one machine.
 */
export function createCacheRoutes({ auth, discovery }: CacheRoutesOptions): express.Router {
  const router = Router();

  async function passOn(request: express.Request, response: express.Response): Promise<void> {
    const [baseUrl, onBehalfOf] = await Promise.all([discovery.getBaseUrl('cache'), auth.getOwnServiceCredentials()]);
    const { token } = await auth.getPluginRequestToken({ onBehalfOf, targetPluginId: 'cache' });
    const answer = await fetch(baseUrl + request.url, {
      method: request.method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(request.method === 'POST' && { body: JSON.stringify(request.body) }),
    });
    const status = statusesOfStores.has(answer.status) ? 200 : answer.status;
    response
      .status(status)
      .set('Cache-Control', 'no-store')
      .type('json')
      .send(await answer.text());
  }

  router.get(['/v1/status', '/v1/plugins', '/v1/entries'], passOn);
  router.post('/v1/clear', express.json(), passOn);

  return router;
}
