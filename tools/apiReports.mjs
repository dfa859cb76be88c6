import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { apiReportProblems, toReportName } from './apiReportProblems.mjs';
import { rootFolder } from './pnpm.mjs';
import { publishedPackages } from './workspace.mjs';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

// Compares the built API of every entry of every package with the report next to its package.json.
let isFine = true;
for (const { folder, manifest } of publishedPackages()) {
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    const typesFile = target.import?.types;
    if (!typesFile) continue;
    const problems = apiReportProblems({ folder, subpath, typesFile, write: values.write });
    const report = relative(rootFolder, join(folder, toReportName(subpath)));
    for (const problem of problems) console.error(`${report}: ${problem}`);
    isFine &&= problems.length === 0;
  }
}
if (!isFine && !values.write) {
  console.error(
    'Write the sentences that are missing, look at what changed, run `npm run fix:api`, and describe it with `npm run changeset`.',
  );
  process.exitCode = 1;
}
