/** Where a server is. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a server listens on this machine. */
export interface SocketAddress {
  readonly path: string;
}
