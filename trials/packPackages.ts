import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runIn } from './packageManagers';

const packagesFolder = join(__dirname, '../packages');

/** Packs all packages of the repository, as publishing would, into a folder. Resolves to name and `file:` of each. */
export async function packPackages(folder: string): Promise<Readonly<Record<string, string>>> {
  const tarballs: Record<string, string> = {};
  for (const name of await readdir(packagesFolder)) {
    const output = await runIn(join(packagesFolder, name), 'pnpm', ['pack', '--json', '--pack-destination', folder]);
    const packed = JSON.parse(output) as { readonly name: string; readonly filename: string };
    tarballs[packed.name] = `file:${packed.filename}`;
  }
  return tarballs;
}

/** The parts of Backstage that a backend cannot be without. */
export const backendPackages = {
  '@backstage/backend-app-api': '1.9.0',
  '@backstage/backend-plugin-api': '1.12.0',
  '@backstage/config': '1.3.11',
};
