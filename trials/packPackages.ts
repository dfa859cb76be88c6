import { packPackages as packAll } from '../tools/packPackages.mjs';

/** Packs all packages of the repository, as publishing would, into a folder. Resolves to name and `file:` of each. */
export async function packPackages(folder: string): Promise<Readonly<Record<string, string>>> {
  const packed = (await packAll(folder)) as readonly { manifest: { name: string }; filename: string }[];
  return Object.fromEntries(packed.map(({ manifest, filename }) => [manifest.name, `file:${filename}`]));
}

/** The parts of Backstage that a backend cannot be without. */
export const backendPackages = {
  '@backstage/backend-app-api': '1.9.0',
  '@backstage/backend-plugin-api': '1.12.0',
  '@backstage/config': '1.3.11',
};
