import { access, mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { toDriverNames } from './driverNames';
import { renderTemplate } from './renderTemplate';

/**
 * Makes the package of a new driver. Throws, and writes nothing, when a store cannot have the name, or when there is something
 * at the path of the folder that is no empty folder.
 */
export async function createDriverPackage(store: string, folder: string): Promise<void> {
  const names = toDriverNames(store);
  const target = resolve(folder);
  const isThere = await assertEmpty(target, folder);
  const files = new Map(await renderTemplate(names));
  // Its settings are those of the workspace that the package is in, if it is in one.
  if (await isInWorkspace(target)) files.delete('pnpm-workspace.yaml');

  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(target), '.create-cache-driver-'));
  try {
    for (const [path, text] of files) {
      const file = join(temporary, 'package', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    if (isThere) await rmdir(target);
    await rename(join(temporary, 'package'), target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Resolves to whether there is a folder. */
async function assertEmpty(target: string, folder: string): Promise<boolean> {
  const names = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error.code === 'ENOTDIR' ? new Error(`${folder} is not a folder`) : error;
  });
  if (names && names.length > 0) throw new Error(`The folder ${folder} is not empty`);
  return names !== undefined;
}

async function isInWorkspace(folder: string): Promise<boolean> {
  const parent = dirname(folder);
  if (parent === folder) return false;
  const isHere = await access(join(parent, 'pnpm-workspace.yaml')).then(
    () => true,
    () => false,
  );
  return isHere || isInWorkspace(parent);
}
