import type { TlsSettings } from '@greenroom/cache-core';
import type { GetCredentials } from './credentials';

/** What it takes to be let in. */
export interface NodeAccess {
  readonly username?: string;
  readonly password?: string;
  /** Number of the database. @defaultValue 0 */
  readonly database?: number;
  /** Present = TLS. */
  readonly tls?: TlsSettings;
  /** In place of `username` and `password`; from code alone. */
  readonly getCredentials?: GetCredentials;
}
