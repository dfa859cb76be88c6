import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Publishes packed packages one after another, in their order. Skips those that the registry already has, so that it continues where it
 * stopped when it is run again after a failure.
 *
 * @param packed - What `packPackages` resolves to.
 * @param npmArguments - Further arguments of npm, such as `--dry-run`. They take precedence.
 * @param log - Receives npm's output.
 * @returns Name and version of each package that was published, such as `@greenroom/cache-core@0.1.0`.
 */
export async function publishPackages(packed, npmArguments, log) {
  const published = [];
  for (const { manifest, filename } of packed) {
    const id = `${manifest.name}@${manifest.version}`;
    if (await isPublished(id, npmArguments)) {
      log(`${id} is on the registry already.`);
      continue;
    }
    const args = ['publish', filename, '--access=public', '--provenance', ...npmArguments];
    const { stdout, stderr } = await npm(args);
    log(stderr + stdout);
    published.push(id);
  }
  return published;
}

async function isPublished(id, npmArguments) {
  try {
    const { stdout } = await npm(['view', id, 'version', ...npmArguments]);
    // For a package without this version, npm prints nothing.
    return stdout.trim() !== '';
  } catch (error) {
    if (error.stderr.includes('E404')) return false;
    throw error;
  }
}

/** Runs npm outside the repository, without its settings. */
const npm = args => run('npm', args, { cwd: tmpdir(), maxBuffer: 1e8, shell: process.platform === 'win32' });
