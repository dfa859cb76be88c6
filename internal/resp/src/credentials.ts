/** What lets a connection in. */
export interface Credentials {
  /** @defaultValue the default user of the server */
  readonly username?: string;
  readonly password: string;
}

/** Gives the credentials for a connection that is about to be made. */
export type GetCredentials = () => Promise<Credentials>;
