import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPackages } from './packPackages.mjs';
import { installDependencies } from './pnpm.mjs';
import { publishPackages } from './publishPackages.mjs';
import { readRepositoryUrl } from './repository.mjs';

// Publishes all packages with a new version: builds, runs all gates, packs, and passes the tarballs to npm. Arguments are passed to npm,
// such as `--dry-run`, which publishes nothing.
const npmArguments = process.argv.slice(2);
const isRehearsal = npmArguments.includes('--dry-run');
const temporaryFolder = mkdtempSync(join(tmpdir(), 'greenroom-release-'));
try {
  if (readRepositoryUrl() === '' && !isRehearsal) {
    throw new Error(
      'npm proves from which repository a package comes, so name it first: pnpm set-repository <address>',
    );
  }
  const pnpm = await installDependencies();
  await pnpm.node(['tools/check.mjs']);
  const published = await publishPackages(await packPackages(temporaryFolder), npmArguments, console.log);
  console.log(`${isRehearsal ? 'Would be published' : 'Published'}: ${published.join(', ') || 'nothing'}`);
  if (!isRehearsal) await pnpm(['exec', 'changeset', 'tag']);
} catch (error) {
  console.error(error.stderr || error.message);
  process.exitCode = error.exitCode ?? 1;
} finally {
  rmSync(temporaryFolder, { recursive: true });
}
