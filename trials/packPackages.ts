import { join } from 'node:path';
import { runIn } from './packageManagers';

const root = join(__dirname, '..');

/** Packs all packages of the repository, as publishing would, into a folder. Resolves to name and `file:` of each. */
export async function packPackages(folder: string): Promise<Readonly<Record<string, string>>> {
  const args = ['--filter', './packages/*', 'pack', '--json', '--pack-destination', folder];
  const packed = JSON.parse(await runIn(root, 'pnpm', args)) as readonly { name: string; filename: string }[];
  return Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${filename}`]));
}

/** The parts of Backstage that a backend cannot be without. */
export const backendPackages = {
  '@backstage/backend-app-api': '1.9.0',
  '@backstage/backend-plugin-api': '1.12.0',
  '@backstage/config': '1.3.11',
};
