// This is loaded before anything else, so it only uses syntax that every Node with ES modules understands.
const lowest = [20, 19];

/** A message if Node is too old, otherwise undefined. `version` has the form of `process.versions.node`. */
export function nodeVersionProblem(version) {
  const parts = version.split('.').map(Number);
  if (parts[0] > lowest[0] || (parts[0] === lowest[0] && parts[1] >= lowest[1])) return undefined;
  return 'Greenroom needs Node ' + lowest.join('.') + ' or newer. This is Node ' + version + '.';
}
