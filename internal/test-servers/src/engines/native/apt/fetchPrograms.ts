import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runCommand } from '../../../helpers/runCommand';
import { serverKinds, serverPrograms } from '../../serverKind';
import { listPackages } from './listPackages';
import type { LinuxRelease } from './readLinuxRelease';
import { writeAptConfiguration } from './writeAptConfiguration';

const temporaryPrefix = '.fetching-';
const abandonedAfterMs = 60 * 60 * 1000;

/**
 * Unpacks the servers, with the libraries they need, from the packages of a Debian or Ubuntu release into `folder`. Needs no root and
 * installs nothing. Several processes may do this at the same time: the folder appears in one step, complete.
 */
export async function fetchPrograms(folder: string, release: LinuxRelease): Promise<void> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const temporary = await mkdtemp(join(parent, temporaryPrefix));
  try {
    const programs = join(temporary, 'programs');
    await unpackPrograms(temporary, programs, release);
    await rename(programs, folder).catch(async (error: unknown) => {
      // Another process has already created the folder.
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function unpackPrograms(temporary: string, programs: string, release: LinuxRelease): Promise<void> {
  const configuration = await writeAptConfiguration(temporary, {
    codename: release.codename,
    // The main suite of bookworm has no valkey.
    backports: release.codename === 'bookworm',
  });
  await runCommand('apt-get', ['-c', configuration, 'update']);
  const packages = await listPackages(
    configuration,
    serverKinds.map(kind => serverPrograms[kind].name),
  );
  const downloads = join(temporary, 'downloads');
  await mkdir(downloads);
  await mkdir(programs);
  await runCommand('apt-get', ['-c', configuration, 'download', ...packages], { cwd: downloads });
  for (const name of await readdir(downloads)) {
    await runCommand('dpkg-deb', ['-x', join(downloads, name), programs]);
  }
}

/** Removes what processes that were killed while fetching have left. */
async function removeAbandoned(parent: string): Promise<void> {
  const names = await readdir(parent);
  await Promise.all(
    names
      .filter(name => basename(name).startsWith(temporaryPrefix))
      .map(async name => {
        const path = join(parent, name);
        const modifiedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
        if (Date.now() - modifiedMs > abandonedAfterMs) await rm(path, { recursive: true, force: true });
      }),
  );
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
