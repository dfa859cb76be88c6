/** Where one server is: a host and a port, or a unix socket. */
export type ServerAddress =
  | {
      /** Host name or IP address; IPv6 without brackets. */
      readonly host: string;
      readonly port: number;
    }
  | {
      /** Absolute path of the socket. */
      readonly path: string;
    };
