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

/**
 * One real server that runs until `stop`, or until the process that started it is gone, however that ends.
 * It never keeps a process from exiting.
 */
export interface TestServer extends ServerAddress {
  /**
   * What an operator writes as `connection`, credentials included: `redis[s]://user:password@host:port` for redis and for
   * valkey, `[user:password@]host:port` for memcached.
   */
  readonly url: string;
  /** Ends the server with SIGKILL; its data is lost. Resolves once it is gone. Does nothing when it is down. */
  kill(): Promise<void>;
  /** Starts the server again on the same port. Resolves once it answers. Does nothing more when it is up. */
  start(): Promise<void>;
  /** Stops the server with SIGSTOP: connections stay open, new ones are accepted by the system, nothing answers. Rejects when it is down. */
  freeze(): Promise<void>;
  /** Lets a frozen server continue with SIGCONT. Does nothing when it is down. */
  thaw(): Promise<void>;
  /** Ends the server for good, frozen or not, and removes what it left on disk. Can be called any number of times. */
  stop(): Promise<void>;
}
