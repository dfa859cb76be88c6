import { createBackendModule } from '@backstage/backend-plugin-api';
import type { BackendFeature } from '@backstage/backend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';

/** A policy that allows each user only the listed permissions. */
export function createPolicy(permissions: Readonly<Record<string, readonly string[]>>): BackendFeature {
  return createBackendModule({
    pluginId: 'permission',
    moduleId: 'test-policy',
    register(env) {
      env.registerInit({
        deps: { policy: policyExtensionPoint },
        async init({ policy }) {
          policy.setPolicy({
            async handle({ permission }, user) {
              const allowed = permissions[user?.info.userEntityRef ?? '']?.includes(permission.name);
              return { result: allowed ? AuthorizeResult.ALLOW : AuthorizeResult.DENY };
            },
          });
        },
      });
    },
  });
}
