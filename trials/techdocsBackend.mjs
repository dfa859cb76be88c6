import { createBackend } from '@backstage/backend-defaults';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';

const backend = createBackend();

const entity = {
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: {
    namespace: 'default',
    name: 'docs',
    annotations: { 'backstage.io/techdocs-ref': 'url:https://docs.example' },
  },
};

/** Replaces the catalog, which needs a database. It has one entity, and reports how often it was asked for it. */
const catalog = createBackendPlugin({
  pluginId: 'catalog',
  register(env) {
    env.registerInit({
      deps: { http: coreServices.httpRouter },
      async init({ http }) {
        let requests = 0;
        http.use((request, response) => {
          if (request.url === '/requests') return response.json(requests);
          requests++;
          return response.json(entity);
        });
      },
    });
  },
});

backend.add(import('@greenroom/cache-backstage'));
backend.add(catalog);
backend.add(import('@backstage/plugin-techdocs-backend'));

await backend.start();
console.log('The backend has started');
