import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Packs a package into a tarball, as publishing would, and returns the path of the tarball. */
export async function packPackage(folder, targetFolder) {
  const args = ['pack', '--json', '--pack-destination', targetFolder];
  const { stdout } = await promisify(execFile)('pnpm', args, { cwd: folder, shell: process.platform === 'win32' });
  return JSON.parse(stdout).filename;
}
