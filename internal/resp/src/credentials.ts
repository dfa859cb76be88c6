/** The credentials of one connection. */
export interface Credentials {
  /** User name, as the server's ACL knows it. @defaultValue the default user of the server */
  readonly username?: string;
  /** Password or token. */
  readonly password: string;
}

/** Gives the credentials for a connection that is about to be made. */
export type GetCredentials = () => Promise<Credentials>;
