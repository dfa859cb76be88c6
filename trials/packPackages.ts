import { packPackages as packAll } from '../tools/packPackages.mjs';

/** Packs all packages of the repository into a folder, as publishing would. Resolves to the `file:` address of each, by name. */
export async function packPackages(folder: string): Promise<Readonly<Record<string, string>>> {
  const packed = (await packAll(folder)) as readonly { manifest: { name: string }; filename: string }[];
  return Object.fromEntries(packed.map(({ manifest, filename }) => [manifest.name, `file:${filename}`]));
}

/** The packages of Backstage that every backend needs. */
export const backendPackages = {
  '@backstage/backend-app-api': '1.9.0',
  '@backstage/backend-plugin-api': '1.12.0',
  '@backstage/config': '1.3.11',
};
