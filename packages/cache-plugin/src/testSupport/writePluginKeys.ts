import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PluginKeys {
  /** `backend.auth.pluginKeyStore`. */
  readonly keyStore: { readonly type: string; readonly static: { readonly keys: Record<string, string>[] } };
  /** Removes the files. Backstage reads them when it starts. */
  readonly remove: () => void;
}

/** The keys with which plugins sign requests to each other. In files, so that no database is needed. */
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
