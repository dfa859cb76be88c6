import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { publishedPackages } from './workspace.mjs';

/**
 * One sentence for each package whose API report changed without a changeset that names it.
 *
 * On a branch that is a change since the branch began, and a changeset of the branch. On the main branch, where branches
 * have come together, and on a branch with a release of the package, it is a change since that release, and any changeset that waits
 * for the next.
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

/** The commit at which this branch left the main branch; undefined on the main branch, or when there is none. */
function findBranchStart(git, repositoryFolder) {
  const { baseBranch } = JSON.parse(readFileSync(join(repositoryFolder, '.changeset', 'config.json'), 'utf8'));
  const references = [`refs/heads/${baseBranch}`, `refs/remotes/*/${baseBranch}`];
  const [main] = git('for-each-ref', '--format=%(objectname)', ...references);
  const [head] = git('rev-parse', 'HEAD');
  const [start] = main ? git('merge-base', main, head) : [];
  return start === head ? undefined : start;
}

/**
 * The commit that gave a package the version that it has, if that was after a commit; undefined when there is none. A package begins
 * with 0.0.0, which is no release.
 */
function lastRelease(git, path, after) {
  const manifest = `${path}/package.json`;
  const commits = after ? [`${after}..HEAD`] : [];
  const [commit] = git('log', '-1', '--format=%H', '-G', '^  "version":', ...commits, '--', manifest);
  const isFirst = commit && git('show', `${commit}:${manifest}`).includes('  "version": "0.0.0",');
  return isFirst && after ? undefined : commit;
}

/** Whether the version has changed, and that has not been committed yet. */
function isBeingReleased(git, path) {
  return git('diff', '--name-only', '-G', '^  "version":', 'HEAD', '--', `${path}/package.json`).length > 0;
}

/** Files that differ from a commit, or all of them without one, be they committed or not. */
function changedFiles(git, since, pattern) {
  const known = since ? git('diff', '--name-only', '--diff-filter=d', since, '--', pattern) : git('ls-files', pattern);
  return [...known, ...git('ls-files', '--others', '--exclude-standard', '--', pattern)];
}

function existed(git, commit, file) {
  return git('ls-tree', '--name-only', commit, '--', file).length > 0;
}

/** Whether a changeset names the package, in the lines between its two rules. */
function names(changeset, packageName) {
  const [, header = ''] = existsSync(changeset) ? readFileSync(changeset, 'utf8').split('---\n') : [];
  return header.includes(`'${packageName}':`) || header.includes(`"${packageName}":`);
}
