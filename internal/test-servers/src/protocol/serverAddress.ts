/** The user name and password that a server asks for. */
export interface Credentials {
  /** The only ACL user that may log in. If absent, it is `default` for redis and valkey. */
  readonly username?: string;
  readonly password: string;
}

/** Where a server listens, and what a client needs to connect. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** PEM text of the authority that signed the server's certificate. The server speaks TLS only if this is present. */
  readonly ca?: string;
  readonly credentials?: Credentials;
}
