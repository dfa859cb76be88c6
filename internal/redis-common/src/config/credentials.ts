/** User name and password for a connection. */
export interface Credentials {
  /** Name of the ACL user. @defaultValue the default user of the server */
  readonly username?: string;
  /** Password, or a token in its place. */
  readonly password: string;
}

/** Returns the credentials for the connection that is about to be made. A rejection is reported as CACHE_AUTH. */
export type GetCredentials = () => Promise<Credentials>;
