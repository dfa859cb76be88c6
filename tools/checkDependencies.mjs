import { dependencyProblems } from './dependencyProblems.mjs';
import { licenseRules } from './licenseRules.mjs';
import { packageBounds } from './packageBounds.mjs';
import { productionDependencies } from './productionDependencies.mjs';
import { publishedPackages } from './workspace.mjs';

// Checks everything that an app installs together with each package.
for (const { folder, manifest } of publishedPackages()) {
  const dependencies = productionDependencies(folder);
  const maxDependencies = packageBounds[manifest.name].dependencies;
  for (const problem of dependencyProblems({ dependencies, maxDependencies, rules: licenseRules })) {
    console.error(`${manifest.name}: ${problem}`);
    process.exitCode = 1;
  }
}
