import { changesetProblems } from './changesetProblems.mjs';
import { rootFolder } from './pnpm.mjs';

const problems = changesetProblems(rootFolder);
for (const problem of problems) console.error(`${problem}. Describe it with \`npm run changeset\`.`);
if (problems.length > 0) process.exitCode = 1;
