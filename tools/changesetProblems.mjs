import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { publishedPackages } from './workspace.mjs';

/**
 * One sentence for each package whose API report changed without a changeset that names it.
 *
 * On a branch, only changes and changesets of the branch count. On the main branch, into which branches are merged, and on a branch with a
 * release of the package, all changes since that release count, and every changeset for the next release.
 */
export function changesetProblems(repositoryFolder) {
  const git = gitIn(repositoryFolder);
  const branchStart = findBranchStart(git, repositoryFolder);
  const problems = [];
  for (const { folder, manifest } of publishedPackages(repositoryFolder)) {
    const path = relative(repositoryFolder, folder);
    if (isBeingReleased(git, path)) continue;
    const release = lastRelease(git, path, branchStart);
    const reports = changedFiles(git, release ?? branchStart, `${path}/report*.api.md`);
    const ofBranch = branchStart && !release && reports.some(report => existed(git, branchStart, report));
    const changesets = changedFiles(git, ofBranch ? branchStart : undefined, '.changeset/*.md');
    const described = changesets.some(changeset => names(join(repositoryFolder, changeset), manifest.name));
    if (reports.length > 0 && !described) problems.push(`${reports.join(', ')} changed without a changeset`);
  }
  return problems;
}

function gitIn(cwd) {
  return (...args) =>
    execFileSync('git', args, { cwd, encoding: 'utf8' })
      .split('\n')
      .filter(line => line !== '');
}

/** The commit at which this branch left the main branch; undefined on the main branch, or when there is no main branch. */
function findBranchStart(git, repositoryFolder) {
  const { baseBranch } = JSON.parse(readFileSync(join(repositoryFolder, '.changeset', 'config.json'), 'utf8'));
  const references = [`refs/heads/${baseBranch}`, `refs/remotes/*/${baseBranch}`];
  const [main] = git('for-each-ref', '--format=%(objectname)', ...references);
  const [head] = git('rev-parse', 'HEAD');
  const [start] = main ? git('merge-base', main, head) : [];
  return start === head ? undefined : start;
}

/**
 * The commit that set a package to its present version, if it is later than the commit `after`; otherwise undefined. The first version,
 * 0.0.0, is not a release.
 */
function lastRelease(git, path, after) {
  const manifest = `${path}/package.json`;
  const commits = after ? [`${after}..HEAD`] : [];
  const [commit] = git('log', '-1', '--format=%H', '-G', '^  "version":', ...commits, '--', manifest);
  const isFirst = commit && git('show', `${commit}:${manifest}`).includes('  "version": "0.0.0",');
  return isFirst && after ? undefined : commit;
}

/** Whether the version has changed but the change has not been committed yet. */
function isBeingReleased(git, path) {
  return git('diff', '--name-only', '-G', '^  "version":', 'HEAD', '--', `${path}/package.json`).length > 0;
}

/** Files that differ from a commit, committed or not; without a commit, all files. */
function changedFiles(git, since, pattern) {
  const known = since ? git('diff', '--name-only', '--diff-filter=d', since, '--', pattern) : git('ls-files', pattern);
  return [...known, ...git('ls-files', '--others', '--exclude-standard', '--', pattern)];
}

function existed(git, commit, file) {
  return git('ls-tree', '--name-only', commit, '--', file).length > 0;
}

/** Whether the front matter of a changeset names the package. */
function names(changeset, packageName) {
  const [, header = ''] = existsSync(changeset) ? readFileSync(changeset, 'utf8').split('---\n') : [];
  return header.includes(`'${packageName}':`) || header.includes(`"${packageName}":`);
}
