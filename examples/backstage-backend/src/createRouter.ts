import type { CacheService, LoggerService } from '@backstage/backend-plugin-api';
import express from 'express';
import Router from 'express-promise-router';
import { pageFolder } from './pageFolder';

const ttlMs = 30_000;

export interface RouterOptions {
  readonly cache: CacheService;
  /** The slow work that the cache saves. */
  readonly findValue: (id: string) => Promise<string>;
  readonly logger: LoggerService;
  /** Name of the store in use, shown on the page. */
  readonly store: string;
}

export function createRouter({ cache, findValue, logger, store }: RouterOptions): express.Router {
  const router = Router();

  router.get('/lookup/:id', async (request, response) => {
    const startedAt = performance.now();
    const { id } = request.params;

    let value = await cache.get<string>(id);
    const cached = value !== undefined;
    if (value === undefined) {
      value = await findValue(id);
      await cache.set(id, value, { ttl: ttlMs });
    }

    const tookMs = Math.round(performance.now() - startedAt);
    logger.info(cached ? 'Lookup: hit' : 'Lookup: miss', { id, tookMs });
    // Every request has to reach the backend: the example shows its cache, not the browser's.
    response.set('Cache-Control', 'no-store').json({ id, value, cached, tookMs });
  });

  router.delete('/lookup/:id', async (request, response) => {
    await cache.delete(request.params.id);
    response.status(204).end();
  });

  router.get('/info', (_request, response) => {
    response.json({ store, ttlMs });
  });

  router.use(express.static(pageFolder));

  return router;
}
