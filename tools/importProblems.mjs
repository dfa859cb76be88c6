import { join } from 'node:path';
import { measureImport } from './measureImport.mjs';
import { rootFolder } from './pnpm.mjs';

/** The import that times are compared with, as every backend has it. */
const baseline = { specifier: '@backstage/backend-plugin-api', folder: join(rootFolder, 'packages/cache-backstage') };

/** Number of measurements, each in a new process. Times need several, the number of files only one. */
const ROUNDS = 3;

/** Reports as sentences when requiring `specifier` in `folder` loads too many files or takes too long. */
export async function importProblems({ specifier, folder, bounds, rounds = ROUNDS }) {
  const own = [];
  const usual = [];
  // The two are measured in turns, so that they run under the same load.
  for (let round = 0; round < rounds; round++) {
    usual.push(await measureImport(baseline.specifier, baseline.folder));
    own.push(await measureImport(specifier, folder));
  }
  const [{ modules }] = own;
  const ratio = leastTime(own) / leastTime(usual);
  const problems = [];
  if (modules > bounds.modules) problems.push(`loads ${modules} files, where ${bounds.modules} are allowed`);
  if (ratio > bounds.importRatio) {
    problems.push(
      `takes ${ratio.toFixed(1)} times ${baseline.specifier} to load, where ${bounds.importRatio} is allowed`,
    );
  }
  return problems;
}

/** Other processes can only make a time longer, so the shortest is the most accurate. */
function leastTime(measures) {
  return Math.min(...measures.map(({ cpuMs }) => cpuMs));
}
