import { createBackend } from '@backstage/backend-defaults';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';

const backend = createBackend();

/** A plugin that shows its cache: `PUT /api/notes/key?value=text&ttl=1000`, and `GET /api/notes/key`. */
function createNotesPlugin(pluginId) {
  return createBackendPlugin({
    pluginId,
    register(env) {
      env.registerInit({
        deps: { cache: coreServices.cache, http: coreServices.httpRouter },
        async init({ cache, http }) {
          http.use(async (request, response) => {
            const { pathname, searchParams } = new URL(request.url, 'http://localhost');
            const key = pathname.slice(1);
            if (request.method === 'PUT') {
              const ttl = searchParams.get('ttl');
              await cache.set(key, searchParams.get('value'), ttl === null ? {} : { ttl: Number(ttl) });
            }
            response.json((await cache.get(key)) ?? null);
          });
        },
      });
    },
  });
}

backend.add(createNotesPlugin('notes'));
backend.add(createNotesPlugin('letters'));

await backend.start();
console.log('The backend has started');
