import { writeFileSync } from 'node:fs';
import { rootFolder } from './pnpm.mjs';
import { toSummary } from './testSummary.mjs';

/**
 * Prints `N passed, N failed, N skipped` as the last line. A test file that does not load counts as one failure. A run that is
 * one of several writes the counts of its files into the file that `GREENROOM_TEST_COUNTS` names instead.
 */
export default class SummaryReporter {
  onRunComplete(_contexts, { testResults }) {
    const files = testResults.map(result => ({
      path: result.testFilePath.replace(rootFolder, ''),
      passed: result.numPassingTests,
      failed: result.numFailingTests + (result.testExecError && result.numFailingTests === 0 ? 1 : 0),
      skipped: result.numPendingTests + result.numTodoTests,
    }));
    const { GREENROOM_TEST_COUNTS: file } = process.env;
    if (file) writeFileSync(file, JSON.stringify(files));
    else printAtTheEnd(toSummary(files));
  }
}

function printAtTheEnd(line) {
  let printed = false;
  const print = () => {
    if (!printed) process.stdout.write(`${line}\n`);
    printed = true;
  };
  process.once('exit', print);
  // An open handle can keep the process from exiting; the line is printed all the same.
  setTimeout(print, 3000).unref();
}
