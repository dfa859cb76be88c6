import { readFile } from 'node:fs/promises';

/** The Linux distribution of this machine. */
export interface LinuxRelease {
  /** For example `debian` or `ubuntu`. */
  readonly id: string;
  /** For example `bookworm` or `noble`. */
  readonly codename: string;
}

/** Reads /etc/os-release. Returns undefined where that does not name a release. */
export async function readLinuxRelease(): Promise<LinuxRelease | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const valueOf = (name: string) => new RegExp(`^${name}="?([^"\\n]+)"?$`, 'm').exec(text)?.[1];
  const id = valueOf('ID');
  const codename = valueOf('VERSION_CODENAME');
  return id !== undefined && codename !== undefined ? { id, codename } : undefined;
}
