// Loaded before anything else, so written for any Node that knows modules at all.
const lowest = [20, 19];

/** What to tell somebody whose Node is too old, or undefined when it is not. `version` as in `process.versions.node`. */
export function nodeVersionProblem(version) {
  const parts = version.split('.').map(Number);
  if (parts[0] > lowest[0] || (parts[0] === lowest[0] && parts[1] >= lowest[1])) return undefined;
  return 'Greenroom needs Node ' + lowest.join('.') + ' or newer. This is Node ' + version + '.';
}
