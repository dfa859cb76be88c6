import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { rootFolder } from './pnpm.mjs';
import { fillManifest, fillMarkedLines } from './repository.mjs';
import { publishedPackages } from './workspace.mjs';

/** Sets the address of the repository in all files that name it; '' removes it. Returns the paths of the changed files. */
export function fillRepository(url, repositoryFolder = rootFolder) {
  const changed = [];
  const change = (file, toText) => {
    const before = readFileSync(file, 'utf8');
    const after = toText(before);
    if (after === before) return;
    writeFileSync(file, after);
    changed.push(toPath(repositoryFolder, file));
  };
  const changeManifest = (folder, toManifest) =>
    change(join(folder, 'package.json'), text => `${JSON.stringify(toManifest(JSON.parse(text)), undefined, 2)}\n`);

  changeManifest(repositoryFolder, manifest => ({ ...manifest, repository: url }));
  for (const { folder } of publishedPackages(repositoryFolder)) {
    changeManifest(folder, manifest => fillManifest(manifest, url, toPath(repositoryFolder, folder)));
  }
  for (const file of markedFiles(repositoryFolder)) change(file, text => fillMarkedLines(text, url));
  return changed;
}

/** Files that may have marked lines: documents and YAML files in the root, and those in .github. */
function markedFiles(repositoryFolder) {
  const hostFolder = join(repositoryFolder, '.github');
  const entries = [
    ...readdirSync(repositoryFolder, { withFileTypes: true }),
    ...(existsSync(hostFolder) ? readdirSync(hostFolder, { recursive: true, withFileTypes: true }) : []),
  ];
  return entries
    .filter(entry => entry.isFile() && /\.(md|ya?ml)$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => !/pnpm-(lock|workspace)\.yaml$/.test(file));
}

const toPath = (from, to) => relative(from, to).split(sep).join('/');
