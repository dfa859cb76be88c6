import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import type { CacheService } from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';

it('the feature makes a backend cache in files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-file-driver-'));
  let cache: CacheService | undefined;
  const plugin = createBackendPlugin({
    pluginId: 'example',
    register(env) {
      env.registerInit({
        deps: { service: coreServices.cache },
        async init({ service }) {
          cache = service;
        },
      });
    },
  });
  const config = { backend: { cache: { store: 'memory', driver: 'file', file: { directory } } } };
  const backend = await startTestBackend({
    features: [
      import('@greenroom/cache-backstage'),
      import('./index'),
      plugin,
      mockServices.rootConfig.factory({ data: config }),
    ],
  });

  await cache?.set('key', 'text');

  expect(await cache?.get('key')).toBe('text');
  expect(await readdir(directory)).toHaveLength(1);
  await backend.stop();
  await rm(directory, { recursive: true });
});
