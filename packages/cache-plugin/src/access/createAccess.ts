import type {
  AuthService,
  BackstageCredentials,
  PermissionsService,
  RootConfigService,
} from '@backstage/backend-plugin-api';
import { AuthenticationError, NotAllowedError } from '@backstage/errors';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import type { BasicPermission } from '@backstage/plugin-permission-common';

/** Who may do what. */
export interface Access {
  /**
   * Rejects with AuthenticationError for a caller without credentials, and with NotAllowedError for one without the permission.
   *
   * @param options - `usersNeedPolicy`: while no policy can be asked, because the permission framework is off, only services may
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
      // Also without the framework: it knows the access restrictions of the tokens of services.
      const [decision] = await permissions.authorize([{ permission }], { credentials });
      if (decision?.result !== AuthorizeResult.ALLOW) {
        throw new NotAllowedError(`The permission '${permission.name}' is needed`);
      }
    },
  };
}
