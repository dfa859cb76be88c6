import { generateKeyPairSync, sign } from 'node:crypto';
import { createBackendPlugin, coreServices } from '@backstage/backend-plugin-api';
import type { BackendFeature } from '@backstage/backend-plugin-api';

/** Issues tokens for users, as the auth plugin does. */
export interface Issuer {
  /** The token of a user, such as `user:default/jane`. */
  toToken(userEntityRef: string): string;
  /** The part of the auth plugin that gives other plugins the public keys. */
  readonly feature: BackendFeature;
}

export function createIssuer(): Issuer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = 'test';
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }];
  return {
    toToken(userEntityRef) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { sub: userEntityRef, ent: [userEntityRef], aud: 'backstage', iat, exp: iat + 3600 };
      const content = [{ alg: 'ES256', kid }, claims].map(toBase64).join('.');
      const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${content}.${signature.toString('base64url')}`;
    },
    feature: createBackendPlugin({
      pluginId: 'auth',
      register(env) {
        env.registerInit({
          deps: { httpRouter: coreServices.httpRouter },
          async init({ httpRouter }) {
            httpRouter.addAuthPolicy({ path: '/.well-known/jwks.json', allow: 'unauthenticated' });
            httpRouter.use((request, response, next) => {
              if (request.path === '/.well-known/jwks.json') response.json({ keys });
              else next();
            });
          },
        });
      },
    }),
  };
}

function toBase64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
