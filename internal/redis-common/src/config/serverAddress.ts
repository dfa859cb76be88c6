/** Host and port of a server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Unix socket of a server on this machine. */
export interface SocketAddress {
  readonly path: string;
}
