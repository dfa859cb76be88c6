/** A name and a secret that a server asks for. */
export interface Credentials {
  /** An ACL user, and the only one that may log in. For redis and valkey `default` is meant when this is absent. */
  readonly username?: string;
  readonly password: string;
}

/** Where one server listens and what it takes to be let in. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** PEM text of the authority that signed the server's certificate. The server speaks TLS only if this is present. */
  readonly ca?: string;
  readonly credentials?: Credentials;
}
