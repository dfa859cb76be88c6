import { join } from 'node:path';
import { measureImport } from './measureImport.mjs';
import { rootFolder } from './pnpm.mjs';

/** What every backend loads, and what a time is therefore compared with. */
const baseline = { specifier: '@backstage/backend-plugin-api', folder: join(rootFolder, 'packages/cache-backstage') };

/** How often it is loaded, each time in a new process: a time needs several, a number of files does not. */
const ROUNDS = 3;

/** What is wrong with how much is loaded, and for how long, when `specifier` is required in `folder`, as sentences. */
export async function importProblems({ specifier, folder, bounds, rounds = ROUNDS }) {
  const own = [];
  const usual = [];
  // By turns, so that both meet the same machine.
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

/** Other processes can only add to a time: the least is nearest to the truth. */
function leastTime(measures) {
  return Math.min(...measures.map(({ cpuMs }) => cpuMs));
}
