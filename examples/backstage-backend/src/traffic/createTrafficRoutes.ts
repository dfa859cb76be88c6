import express from 'express';
import Router from 'express-promise-router';
import type { TrafficSwitch } from './trafficSwitch';

/** `GET` returns whether the background load is on, `PUT { "isOn": true }` switches it on. */
export function createTrafficRoutes(traffic: TrafficSwitch): express.Router {
  const router = Router();
  const answer = (response: express.Response) => response.set('Cache-Control', 'no-store').json({ isOn: traffic.isOn });

  router.get('/', async (_request, response) => {
    answer(response);
  });

  router.put('/', express.json(), async (request, response) => {
    const { isOn } = (request.body ?? {}) as { readonly isOn?: unknown };
    if (typeof isOn !== 'boolean') {
      response.status(400).json({ error: { message: 'isOn must be true or false' } });
      return;
    }
    traffic.isOn = isOn;
    answer(response);
  });

  return router;
}
