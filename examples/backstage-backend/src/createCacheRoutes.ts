import type { AuthService, DiscoveryService } from '@backstage/backend-plugin-api';
import express from 'express';
import Router from 'express-promise-router';

export interface CacheRoutesOptions {
  readonly auth: AuthService;
  readonly discovery: DiscoveryService;
}

/**
 * Statuses for what the store cannot do at all (501) or at the moment (503). They are sent as 200, because the console of a browser would
 * list the request as an error of the page; the body has the error.
 */
const statusesOfStores = new Set([501, 503]);

/**
 * Forwards requests to the routes of the cache plugin, with the credentials of this plugin: the page has no sign-in, and the cache plugin
 * requires one. Everyone who can reach this backend can clear caches this way, so it is only for a demonstration on one machine.
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
