import { builtinModules } from 'node:module';
import ts from 'typescript';

const everywhere = ['LICENSE', 'README.md', 'package.json'];

/**
 * Problems with the files of a packed package, as sentences; empty when there are none.
 *
 * `files` has the text of each file by its path inside the tarball.
 */
export function contentProblems(manifest, files) {
  const allowed = [...everywhere, 'CHANGELOG.md', manifest.configSchema, ...documentsOf(manifest)];
  const paths = Object.keys(files);
  return [
    ...everywhere.filter(path => !(path in files)).map(path => `${path} is missing`),
    ...paths
      .filter(path => !isOfFolder(manifest, path) && !allowed.includes(path))
      .map(path => `${path} does not belong in it`),
    ...entryFiles(manifest)
      .filter(path => !(path in files))
      .map(path => `${path} is named in package.json, and missing`),
    ...deadLinks(files['README.md'] ?? ''),
    // A template is copied and not run, so its imports are not checked.
    ...paths
      .filter(path => !path.startsWith('template/'))
      .flatMap(path => undeclaredImports(manifest, path, files[path])),
  ];
}

/** Reports if the files of a packed package are larger than allowed. */
export function sizeProblems(files, { unpackedBytes }) {
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return bytes <= unpackedBytes ? [] : [`has ${bytes} bytes unpacked, where ${unpackedBytes} are allowed`];
}

/** Links of a README that lead nowhere on the page of a registry, because they are relative; images and definitions are checked too. */
function deadLinks(readme) {
  const targets = [/\]\(([^)]*)\)/g, /^\[[^\]]+\]: (.*)/gm, /(?:href|src)="([^"]*)"/g].flatMap(link =>
    [...readme.matchAll(link)].map(([, target]) => target),
  );
  return targets
    .filter(target => !/^(https?:|#)/.test(target))
    .map(target => `README.md links to ${target}, which leads nowhere on the page of a registry`);
}

/** The document of the package's routes, if `files` lists one. */
function documentsOf({ files = [] }) {
  return files.filter(path => path === 'openapi.json');
}

/** Whether a file belongs to the build, or to the template if `files` lists one. */
function isOfFolder({ files = [] }, path) {
  return path.startsWith('dist/') || (path.startsWith('template/') && files.includes('template'));
}

/** All paths that `exports`, its predecessors and `bin` refer to. */
function entryFiles({ main, module, types, bin, exports }) {
  const leaves = value => (typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves));
  const named = [main, module, types, bin, exports].filter(each => each !== undefined);
  return [...new Set(named.flatMap(leaves))].map(path => path.replace(/^\.\//, ''));
}

/** Packages that a built file imports, in any way, although they are not installed with the package. */
function undeclaredImports({ name, dependencies, peerDependencies }, path, text) {
  if (!/\.[cm]?[jt]s$/.test(path)) return [];
  const declared = Object.keys({ ...dependencies, ...peerDependencies });
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const packages = importedFiles.map(({ fileName }) => fileName).filter(specifier => !specifier.startsWith('.'));
  return [...new Set(packages)]
    .filter(specifier => !isBuiltin(specifier) && !declared.includes(packageName(specifier)))
    .map(specifier => `${path} imports ${specifier}, which ${name} does not depend on`);
}

function isBuiltin(specifier) {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
