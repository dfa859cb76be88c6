/** Address of one server: a host and a port, or a unix socket. */
export type ServerAddress =
  | {
      /** Host name or IP address; IPv6 without brackets. */
      readonly host: string;
      /** TCP port, 1 to 65535. */
      readonly port: number;
    }
  | {
      /** Absolute path of the socket, at most 107 bytes. */
      readonly path: string;
    };
