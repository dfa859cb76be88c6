import type { TlsSettings } from '@greenroom/cache-core';
import type { GetCredentials } from './credentials';

/** How to log in to a server. */
export interface NodeAccess {
  /** User name, as the server's ACL knows it. @defaultValue the default user of the server */
  readonly username?: string;
  /** Password. @defaultValue none: the server asks for none */
  readonly password?: string;
  /** Number of the database, at least 0. @defaultValue 0 */
  readonly database?: number;
  /** TLS options; an empty object means TLS with the defaults. @defaultValue no TLS */
  readonly tls?: TlsSettings;
  /** Returns the credentials of each new connection, instead of `username` and `password`. Only in code. @defaultValue none */
  readonly getCredentials?: GetCredentials;
}
