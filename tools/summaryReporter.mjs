/** Prints `N passed, N failed, N skipped` as the last line. A test file that does not load counts as one failure. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + (results.numRuntimeErrorTestSuites ?? 0);
    const skipped = results.numPendingTests + results.numTodoTests;
    let printed = false;
    const print = () => {
      if (printed) return;
      printed = true;
      process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
    };
    process.once('exit', print);
    // A handle that was left open keeps the process from exiting; the line is wanted all the same.
    setTimeout(print, 3000).unref();
  }
}
