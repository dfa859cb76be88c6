import type { TlsSettings } from '@greenroom/cache-core';
import type { GetCredentials } from './credentials';

/** Login, database and TLS settings of a server. */
export interface NodeAccess {
  /** Name of the ACL user. @defaultValue the default user of the server */
  readonly username?: string;
  /** Password of the user. @defaultValue no login */
  readonly password?: string;
  /** Number of the database, 0 or more; a cluster has only 0. @defaultValue 0 */
  readonly database?: number;
  /** TLS settings. TLS is used when this is present, even if empty. @defaultValue no TLS */
  readonly tls?: TlsSettings;
  /** Called before each connection, in place of `username` and `password`. Only code can set it. @defaultValue none */
  readonly getCredentials?: GetCredentials;
}
