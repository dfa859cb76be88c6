/** The counts of test files, in one line. */
export function toSummary(files) {
  const sum = name => files.reduce((total, file) => total + file[name], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`;
}
