import { runCommand } from '../helpers/runCommand';

/** A certificate; all parts are in PEM. */
export interface Certificate {
  /** The authority that signed it, made for this one certificate. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

// One shell runs all steps, so that it removes its folder even if the process that started it ends meanwhile.
const toScript = (names: string, days: number) => `
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP
cd "$folder"
cat > openssl.cnf <<'end'
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = Greenroom tests
[authority]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
subjectAltName = ${names}
end
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl ecparam -name prime256v1 -genkey -noout -out server.key
openssl req -config openssl.cnf -x509 -new -key ca.key -days 90 -out ca.crt
openssl req -config openssl.cnf -new -key server.key -subj /CN=localhost -out server.csr
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -set_serial 1 -days ${days} -extfile openssl.cnf -extensions server -out server.crt
cat ca.crt server.crt server.key
`;

/**
 * Makes a certificate with the openssl command.
 *
 * @param names - The names that it is for, in the syntax of openssl.
 * @param days - How long it is valid; 0 makes one that has expired.
 */
export async function createCertificate(names = 'IP:127.0.0.1, DNS:localhost', days = 90): Promise<Certificate> {
  const output = await runCommand('sh', ['-c', toScript(names, days)]).catch((cause: unknown) => {
    throw new Error(
      'Could not make a certificate with the openssl command, which test servers with TLS need ' +
        `("apt-get install openssl" or "brew install openssl"): ${String(cause)}`,
      { cause },
    );
  });
  const [ca, certificate, key] = output.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n/g) ?? [];
  if (ca === undefined || certificate === undefined || key === undefined) {
    throw new Error('The openssl command has not printed a certificate');
  }
  return { ca, certificate, key };
}
