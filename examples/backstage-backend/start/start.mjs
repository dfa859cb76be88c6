import { nodeVersionProblem } from '../../../tools/nodeVersion.mjs';

const problem = nodeVersionProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  // Imported only now, because it uses syntax that an old Node cannot parse.
  import('./startExample.mjs').then(({ startExample }) => startExample());
}
