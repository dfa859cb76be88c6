/** What several runs of Jest have counted, in one line. */
export function toSummary(counts) {
  const sum = name => counts.reduce((total, count) => total + count[name], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`;
}
