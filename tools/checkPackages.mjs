import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { packageBounds } from './packageBounds.mjs';
import { contentProblems, sizeProblems } from './packageContents.mjs';
import { packPackages } from './packPackages.mjs';
import { rootFolder } from './pnpm.mjs';

const run = promisify(execFile);
const license = readFileSync(join(rootFolder, 'LICENSE'), 'utf8');

// Packs the package in the given folder as for publishing, and checks the content of the tarball.
const temporaryFolder = mkdtempSync(join(tmpdir(), 'greenroom-packages-'));
try {
  for (const { filename } of await packPackages(temporaryFolder, process.argv[2])) {
    const { manifest, files } = await unpack(filename);
    const problems = await Promise.all([
      tarballProblems(manifest, files),
      sizeProblems(files, packageBounds[manifest.name]),
      programProblems('publint', ['run', filename, '--strict']),
      // A program has no types to check.
      manifest.types ? programProblems('attw', [filename, '--no-emoji', '--format', 'ascii']) : [],
    ]);
    for (const problem of problems.flat()) {
      console.error(`${manifest.name}: ${problem}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(temporaryFolder, { recursive: true });
}

async function unpack(tarball) {
  const target = mkdtempSync(join(temporaryFolder, 'unpacked-'));
  await run('tar', ['-xzf', tarball, '-C', target]);
  const files = readFiles(join(target, 'package'));
  return { manifest: JSON.parse(files['package.json']), files };
}

function tarballProblems(manifest, files) {
  const problems = contentProblems(manifest, files);
  if (files.LICENSE !== license) problems.push('LICENSE is not that of the repository');
  if (/"(workspace|catalog):/.test(files['package.json'])) problems.push('package.json is not as npm reads it');
  return problems;
}

function readFiles(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return Object.fromEntries(
    entries.map(entry => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path).split(sep).join('/'), readFileSync(path, 'utf8')];
    }),
  );
}

/** Runs a program of the workspace. Returns its output if it fails. */
async function programProblems(program, args) {
  try {
    await run(join(rootFolder, 'node_modules', '.bin', program), args);
    return [];
  } catch ({ stdout, stderr }) {
    return [`${program} says\n${stdout}${stderr}`];
  }
}
