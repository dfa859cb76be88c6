import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PluginKeys {
  /** Value of `backend.auth.pluginKeyStore`. */
  readonly keyStore: { readonly type: string; readonly static: { readonly keys: Record<string, string>[] } };
  /** Removes the files; the backend needs them only when it starts. */
  readonly remove: () => void;
}

/** Writes the keys with which plugins sign requests to each other to files, so that no database is needed. */
export function writePluginKeys(): PluginKeys {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-plugin-'));
  const publicKeyFile = join(folder, 'public.pem');
  const privateKeyFile = join(folder, 'private.pem');
  writeFileSync(publicKeyFile, publicKey);
  writeFileSync(privateKeyFile, privateKey);
  return {
    keyStore: { type: 'static', static: { keys: [{ keyId: 'plugins', publicKeyFile, privateKeyFile }] } },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
