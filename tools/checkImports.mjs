import { importProblems } from './importProblems.mjs';
import { packageBounds } from './packageBounds.mjs';
import { packageIn } from './workspace.mjs';

// Loads the built package in the given folder, as a backend does at its start.
const { folder, manifest } = packageIn(process.argv[2]);
// A program without exports is never imported.
if (manifest.main) {
  const bounds = packageBounds[manifest.name];
  for (const problem of await importProblems({ specifier: folder, folder, bounds })) {
    console.error(`${manifest.name}: ${problem}`);
    process.exitCode = 1;
  }
}
