import { nodeVersionProblem } from './nodeVersion.mjs';

const problem = nodeVersionProblem(process.versions.node);
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  // Imported only now, because it uses syntax that an old Node cannot parse.
  import('./runTests.mjs').then(({ runTests }) => runTests(process.argv.slice(2)));
}
