import type { CacheService, LoggerService } from '@backstage/backend-plugin-api';
import { extendCache } from '@greenroom/cache-core';
import express from 'express';
import Router from 'express-promise-router';
import { createCacheRoutes, type CacheRoutesOptions } from './createCacheRoutes';
import { pageFolder } from './pageFolder';
import { createTrafficRoutes } from './traffic/createTrafficRoutes';
import type { TrafficSwitch } from './traffic/trafficSwitch';

const ttlMs = 30_000;

export interface RouterOptions extends CacheRoutesOptions {
  readonly cache: CacheService;
  /** The slow work that the cache saves. */
  readonly findValue: (id: string) => Promise<string>;
  readonly logger: LoggerService;
  /** Name of the store in use, shown on the page. */
  readonly store: string;
  readonly traffic: TrafficSwitch;
}

interface Lookup {
  readonly id: string;
  readonly value: string | undefined;
  /** Whether this lookup did the work. The others wait for it, or find the value in the cache. */
  readonly loaded: boolean;
  readonly tookMs: number;
}

export function createRouter(options: RouterOptions): express.Router {
  const { cache: coreCache, findValue, logger, store } = options;
  const cache = extendCache(coreCache);
  const router = Router();

  async function lookUp(id: string): Promise<Lookup> {
    const startedAt = performance.now();
    let loaded = false;
    const load = () => {
      loaded = true;
      return findValue(id);
    };
    const value = await cache.getOrSet(id, load, { ttl: ttlMs });

    const tookMs = Math.round(performance.now() - startedAt);
    logger.info(loaded ? 'Lookup: loaded' : 'Lookup: no load', { id, tookMs });
    return { id, value, loaded, tookMs };
  }

  router.get('/lookup/:id', async (request, response) => {
    // Without this the browser's own cache could answer, but the example shows the cache of the backend.
    response.set('Cache-Control', 'no-store').json(await lookUp(request.params.id));
  });

  // The lookups start in the backend, as a browser sends only six requests at a time.
  router.get('/lookup/:id/ten-at-once', async (request, response) => {
    const lookups = await Promise.all(Array.from({ length: 10 }, () => lookUp(request.params.id)));
    response.set('Cache-Control', 'no-store').json(lookups);
  });

  router.delete('/lookup/:id', async (request, response) => {
    await cache.delete(request.params.id);
    response.status(204).end();
  });

  router.get('/info', (_request, response) => {
    response.json({ store, ttlMs });
  });

  router.use('/cache', createCacheRoutes(options));
  router.use('/traffic', createTrafficRoutes(options.traffic));
  router.use(express.static(pageFolder));

  return router;
}
