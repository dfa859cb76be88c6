import { importProblems } from './importProblems.mjs';
import { packageBounds } from './packageBounds.mjs';
import { packageIn } from './workspace.mjs';

// Loads the build of the package in the given folder, as a backend does when it starts.
const { folder, manifest } = packageIn(process.argv[2]);
// A program without exports is not loaded.
if (manifest.main) {
  const bounds = packageBounds[manifest.name];
  for (const problem of await importProblems({ specifier: folder, folder, bounds })) {
    console.error(`${manifest.name}: ${problem}`);
    process.exitCode = 1;
  }
}
