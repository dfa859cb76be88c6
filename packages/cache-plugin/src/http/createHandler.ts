import { createRoutes } from './createRoutes';
import type { RoutesOptions } from './createRoutes';
import type { Handler } from './request';

/** Answers the requests of the routes. Other requests and rejections go to the next handler. */
export function createHandler(options: RoutesOptions): Handler {
  const routes = createRoutes(options);
  return (request, response, next) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const answer = routes.get(`${method} ${request.path}`);
    if (!answer) {
      next();
      return;
    }
    answer(request)
      .then(body => response.set('Cache-Control', 'no-store').json(body))
      .catch(next);
  };
}
