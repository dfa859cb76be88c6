import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from './pnpm.mjs';
import { toSummary } from './testSummary.mjs';

/**
 * Prints `N passed, N failed, N skipped` as the last line. A test file that does not load counts as one failure. A run that is
 * one of several writes its counts into the folder that `GREENROOM_TEST_COUNTS` names instead.
 */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + (results.numRuntimeErrorTestSuites ?? 0),
      skipped: results.numPendingTests + results.numTodoTests,
      failedFiles: results.testResults
        .filter(({ numFailingTests, testExecError }) => numFailingTests > 0 || testExecError)
        .map(({ testFilePath }) => testFilePath.replace(rootFolder, '')),
    };
    const { GREENROOM_TEST_COUNTS: folder } = process.env;
    if (folder) writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(counts));
    else printAtTheEnd(toSummary([counts]));
  }
}

function printAtTheEnd(line) {
  let printed = false;
  const print = () => {
    if (!printed) process.stdout.write(`${line}\n`);
    printed = true;
  };
  process.once('exit', print);
  // A handle that was left open keeps the process from exiting; the line is wanted all the same.
  setTimeout(print, 3000).unref();
}
