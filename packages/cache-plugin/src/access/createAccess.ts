import type {
  AuthService,
  BackstageCredentials,
  PermissionsService,
  RootConfigService,
} from '@backstage/backend-plugin-api';
import { AuthenticationError, NotAllowedError } from '@backstage/errors';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import type { BasicPermission } from '@backstage/plugin-permission-common';

/** Decides who may do what. */
export interface Access {
  /**
   * Rejects with AuthenticationError for a caller without credentials, and with NotAllowedError for a caller without the permission.
   *
   * @param options - `usersNeedPolicy`: while the permission framework is off, so that no policy can decide, only services are allowed
   */
  check(
    credentials: BackstageCredentials,
    permission: BasicPermission,
    options?: { readonly usersNeedPolicy?: boolean },
  ): Promise<void>;
}

export interface AccessOptions {
  readonly auth: AuthService;
  readonly config: RootConfigService;
  readonly permissions: PermissionsService;
}

export function createAccess({ auth, config, permissions }: AccessOptions): Access {
  const hasPolicy = config.getOptionalBoolean('permission.enabled') ?? false;
  return {
    async check(credentials, permission, { usersNeedPolicy = false } = {}) {
      const isService = auth.isPrincipal(credentials, 'service');
      if (!isService && !auth.isPrincipal(credentials, 'user')) throw new AuthenticationError('Missing credentials');
      if (usersNeedPolicy && !isService && !hasPolicy) {
        throw new NotAllowedError(
          'Users may do this only where the permission framework decides about it (permission.enabled); services may always',
        );
      }
      // `authorize` is also called without the framework: it checks the access restrictions of service tokens.
      const [decision] = await permissions.authorize([{ permission }], { credentials });
      if (decision?.result !== AuthorizeResult.ALLOW) {
        throw new NotAllowedError(`The permission '${permission.name}' is needed`);
      }
    },
  };
}
