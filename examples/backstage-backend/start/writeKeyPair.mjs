import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes a key pair for calls between plugins to a folder that only this user can read. */
export function writeKeyPair() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-example-'));
  const publicKeyFile = join(folder, 'public.pem');
  const privateKeyFile = join(folder, 'private.pem');
  writeFileSync(publicKeyFile, publicKey, { mode: 0o600 });
  writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
  return { publicKeyFile, privateKeyFile, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
