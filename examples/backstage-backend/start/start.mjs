import { nodeVersionProblem } from '../../../tools/nodeVersion.mjs';

const problem = nodeVersionProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  // Only now, because what follows uses syntax that an old Node cannot read.
  import('./startExample.mjs').then(({ startExample }) => startExample());
}
