import type { Credentials } from '../protocol/serverAddress';
import { createCertificate, type Certificate } from './createCertificate';

/** TLS and login of a redis or valkey server. */
export interface RespSecurityOptions {
  /** The server speaks only TLS, with this certificate or with one of a new authority. The handle of the server has its `ca`. */
  readonly tls?: boolean | Certificate;
  /** Clients must log in: with a user name, as the only user, or only with a password. */
  readonly credentials?: Credentials;
}

/** The same as arguments and files of the server. Servers that work together share them. */
export interface RespSecurity {
  readonly tlsArgs: readonly string[];
  readonly loginArgs: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly ca?: string;
  readonly credentials?: Credentials;
}

/** Creates the arguments and files of a server, and a certificate if it uses TLS. */
export async function createRespSecurity({ tls = false, credentials }: RespSecurityOptions): Promise<RespSecurity> {
  return {
    ...(tls === false ? { tlsArgs: [], files: {} } : toTls(tls === true ? await createCertificate() : tls)),
    ...(credentials ? { credentials, loginArgs: toLoginArgs(credentials) } : { loginArgs: [] }),
  };
}

function toTls({ ca, certificate, key }: Certificate) {
  return {
    ca,
    tlsArgs: [
      ...['--tls-cert-file', 'server.crt', '--tls-key-file', 'server.key', '--tls-ca-cert-file', 'ca.crt'],
      ...['--tls-auth-clients', 'no', '--tls-replication', 'yes', '--tls-cluster', 'yes'],
    ],
    files: { 'ca.crt': ca, 'server.crt': certificate, 'server.key': key },
  };
}

function toLoginArgs({ username, password }: Credentials): readonly string[] {
  const replication = ['--masterauth', password];
  if (username === undefined) return ['--requirepass', password, ...replication];
  return [
    ...['--user', username, 'on', `>${password}`, '~*', '&*', '+@all'],
    ...['--user', 'default', 'off'],
    ...['--masteruser', username, ...replication],
  ];
}
