import { importProblems } from './importProblems.mjs';
import { packageBounds } from './packageBounds.mjs';
import { publishedPackages } from './workspace.mjs';

// Loads the build of each package, as a backend does when it starts.
for (const { folder, manifest } of publishedPackages()) {
  // A program without exports is not loaded.
  if (!manifest.main) continue;
  const bounds = packageBounds[manifest.name];
  for (const problem of await importProblems({ specifier: folder, folder, bounds })) {
    console.error(`${manifest.name}: ${problem}`);
    process.exitCode = 1;
  }
}
