import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DriverNames } from './driverNames';

/** The folder of this package, from `src` as from `dist`. */
const home = fileURLToPath(new URL('..', import.meta.url));

/** Files that cannot have their names in a published package, by the names that they have there. */
const publishable = new Map([
  ['gitignore', '.gitignore'],
  ['manifest.json', 'package.json'],
]);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The files of a driver package, by their paths. The template has them for a store called Acme. */
export async function renderTemplate(names: DriverNames): Promise<ReadonlyMap<string, string>> {
  const template = join(home, 'template');
  const toFile = async (file: string) => {
    const path = relative(template, file).split(sep).join('/');
    return [rename(publishable.get(path) ?? path, names), rename(await readFile(file, 'utf8'), names)] as const;
  };
  const rendered = new Map(await Promise.all((await listFiles(template)).map(toFile)));
  return rendered.set('package.json', await withRanges(rendered.get('package.json') ?? ''));
}

/** Not by the option `recursive`: where Yarn reads the folder out of an archive, `parentPath` is missing. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const lists = entries.map(async entry => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
  return (await Promise.all(lists)).flat();
}

function rename(text: string, { store, camel, pascal }: DriverNames): string {
  return text
    .replace(/acme(?=[A-Z])/g, camel)
    .replace(/Acme/g, pascal)
    .replace(/acme/g, store);
}

/** Puts in the versions of Greenroom that this package was published with. */
async function withRanges(text: string): Promise<string> {
  const manifest = JSON.parse(text) as Manifest;
  const { devDependencies } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as Manifest;
  const dependencies = Object.fromEntries(
    Object.entries(manifest.dependencies).map(([name, range]) => [name, devDependencies[name] ?? range]),
  );
  return `${JSON.stringify({ ...manifest, dependencies }, undefined, 2)}\n`;
}
