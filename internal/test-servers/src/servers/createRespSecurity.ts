import type { Credentials } from '../protocol/serverAddress';
import { createCertificate, type Certificate } from './createCertificate';

/** What it takes to be let in by a redis or valkey server. */
export interface RespSecurityOptions {
  /** Has the server speak TLS, and nothing else, with this certificate, or one of a new authority. The handle has its `ca`. */
  readonly tls?: boolean | Certificate;
  /** Has clients log in: as the only user, if there is a username, else with a password alone. */
  readonly credentials?: Credentials;
}

/** The same, in the words of the server. Servers that work together share it. */
export interface RespSecurity {
  readonly tlsArgs: readonly string[];
  readonly loginArgs: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly ca?: string;
  readonly credentials?: Credentials;
}

/** Makes the arguments and files of a server, and for TLS a certificate. */
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
