import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { rootFolder } from './pnpm.mjs';
import { readRepositoryUrl, toPublishedReadme } from './repository.mjs';
import { publishedPackages } from './workspace.mjs';

const run = promisify(execFile);

/**
 * Packs every package as it is published into a folder, or only the one in `packageFolder`. Resolves to `{ manifest, filename }` of each,
 * ordered so that every package comes after its dependencies.
 */
export async function packPackages(targetFolder, packageFolder) {
  const name = packageFolder ? basename(resolve(packageFolder)) : '*';
  const args = ['--filter', `./packages/${name}`, 'pack', '--json', '--pack-destination', targetFolder];
  const { stdout } = await run('pnpm', args, { cwd: rootFolder, maxBuffer: 1e8, shell: process.platform === 'win32' });
  const published = publishedPackages();
  const packed = [JSON.parse(stdout)].flat().map(({ name, filename }) => ({
    ...published.find(({ manifest }) => manifest.name === name),
    filename,
  }));
  for (const { folder, filename } of packed) await publishReadme(folder, filename);
  return packed.map(({ manifest, filename }) => ({ manifest, filename }));
}

/** Replaces the README in a tarball by its published form. */
async function publishReadme(folder, tarball) {
  const unpacked = mkdtempSync(join(tmpdir(), 'greenroom-pack-'));
  try {
    await run('tar', ['-xzf', tarball, '-C', unpacked]);
    const readme = join(unpacked, 'package/README.md');
    const path = `packages/${basename(folder)}`;
    const { atime, mtime } = statSync(readme);
    writeFileSync(readme, toPublishedReadme(readFileSync(readme, 'utf8'), readRepositoryUrl(), path));
    // Packs as pnpm does: the same files make the same tarball, without folder entries and without a user name.
    utimesSync(readme, atime, mtime);
    const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => relative(unpacked, join(entry.parentPath, entry.name)))
      .sort();
    await run('tar', ['-czf', tarball, '--numeric-owner', '-C', unpacked, ...files]);
  } finally {
    rmSync(unpacked, { recursive: true });
  }
}
