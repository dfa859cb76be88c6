import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { serverPrograms, toUrlVariable, type ServerKind } from '../serverKind';
import { fetchPrograms } from './apt/fetchPrograms';
import { readLinuxRelease } from './apt/readLinuxRelease';

/** A program that can be run. */
export interface FoundProgram {
  readonly path: string;
  /** Variables that the environment must have. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds a server: on the PATH, then among those fetched earlier. Fetches it if it is in neither.
 *
 * Rejects with an error that lists the places, and the ways to get the server.
 *
 * @param name - Another program that comes with the server.
 */
export async function findProgram(
  kind: ServerKind,
  onProgress: (text: string) => void,
  name = serverPrograms[kind].name,
): Promise<FoundProgram> {
  const installed = await findIn((process.env.PATH ?? '').split(delimiter), name);
  if (installed !== undefined) return { path: installed, env: {} };

  const release = await readLinuxRelease();
  const apt = await findIn((process.env.PATH ?? '').split(delimiter), 'apt-get');
  if (!release || apt === undefined) throw missingProgram(kind, 'this system has no apt-get to fetch it with');

  const folder = toCacheFolder(release.id, release.codename);
  if (!(await isAccessible(folder))) {
    onProgress(`fetching servers with apt-get into ${folder}`);
    await fetchPrograms(folder, release).catch((error: Error) => {
      throw missingProgram(kind, 'apt-get could not fetch it', error);
    });
  }
  const path = await findIn([join(folder, 'usr', 'bin'), join(folder, 'usr', 'sbin')], name);
  if (path === undefined) throw missingProgram(kind, `${release.codename} has no package ${name}`);
  return { path, env: { LD_LIBRARY_PATH: (await listLibraryFolders(folder)).join(delimiter) } };
}

function toCacheFolder(distribution: string, codename: string): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'greenroom', 'servers', `${distribution}-${codename}-${process.arch}`);
}

async function listLibraryFolders(folder: string): Promise<readonly string[]> {
  const folders = await Promise.all(
    [join(folder, 'lib'), join(folder, 'usr', 'lib')].map(async parent => {
      const names = await readdir(parent).catch(() => []);
      return names.filter(name => name.includes('-linux-')).map(name => join(parent, name));
    }),
  );
  return folders.flat();
}

async function findIn(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder !== '' && (await isAccessible(path, constants.X_OK))) return path;
  }
  return undefined;
}

function isAccessible(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function missingProgram(kind: ServerKind, reason: string, cause?: Error): Error {
  const { name, brewFormula } = serverPrograms[kind];
  const detail = cause ? ` (${cause.message})` : '';
  return new Error(
    `There is no ${kind} server to test with: no Docker engine is in use, ${name} is not on the PATH, and ${reason}${detail}. ` +
      `Start Docker, or install it with "apt-get install ${name}" or "brew install ${brewFormula}", or set ` +
      `${toUrlVariable(kind)} to one that runs, then run the tests again.`,
    { cause },
  );
}
