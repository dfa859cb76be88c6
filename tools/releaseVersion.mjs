import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillEmptyRelease, releasedWith } from './emptyReleases.mjs';
import { installDependencies } from './pnpm.mjs';
import { publishedPackages } from './workspace.mjs';

// Turns the changesets into versions and changelogs.
try {
  const before = toVersions(publishedPackages());
  const pnpm = await installDependencies();
  await pnpm(['exec', 'changeset', 'version']);

  const packages = publishedPackages();
  const versions = Object.entries(toVersions(packages));
  const released = Object.fromEntries(versions.filter(([name, version]) => version !== before[name]));
  for (const { folder, manifest } of packages) {
    const changelog = join(folder, 'CHANGELOG.md');
    if (!existsSync(changelog)) continue;
    writeFileSync(changelog, fillEmptyRelease(readFileSync(changelog, 'utf8'), releasedWith(manifest, released)));
  }
} catch (error) {
  if (error.name !== 'StepError') throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

function toVersions(packages) {
  return Object.fromEntries(packages.map(({ manifest }) => [manifest.name, manifest.version]));
}
