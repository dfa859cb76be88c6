import { createAnswerHistory } from './answerHistory';
import type { AnswerHistory } from './answerHistory';
import { addVerdicts, judgeReads } from './judgeReads';
import type { ObservedRead, Verdict } from './judgeReads';
import type { ReaderReport } from './startReaders';

/** The results of a trial. */
export interface TrialResult {
  /** All keys, checked against the bound. */
  readonly all: Verdict;
  /** Only the keys that the readers write themselves: they must never read again what they have replaced, not even for a moment. */
  readonly own: Verdict;
  /** Number of values that belong to another key, and of reads that rejected. */
  readonly wrong: number;
  /** Number of acknowledged writes of the foreign writer. */
  readonly foreignWrites: number;
  /** Number of gets by their result, as an observer of the caches sees them. */
  readonly operations: Readonly<Record<string, number>>;
}

/** A period in which the server lost all its entries. */
export interface Emptying {
  readonly sentMs: number;
  readonly settledMs: number;
}

/** What is known about a trial besides the reports of its processes. */
export interface JudgedTrial {
  /** History of the key that the foreign writer writes. */
  readonly foreign: AnswerHistory;
  readonly emptied: readonly Emptying[];
  readonly maxAgeMs: number;
  /** Ttl of what the processes write. */
  readonly ownTtlMs: number | undefined;
}

/** Checks all reads of a trial. @param reports - One of each process. */
export function judgeTrial(
  { foreign, emptied, maxAgeMs, ownTtlMs }: JudgedTrial,
  reports: readonly ReaderReport[],
): Omit<TrialResult, 'foreignWrites'> {
  const all: Verdict[] = [];
  const own: Verdict[] = [];
  for (const [reader, { reads }] of reports.entries()) {
    for (const [key, numbers] of Object.entries(reads)) {
      const observed = toReads(numbers);
      const owner = key === 'foreign' ? undefined : Number(key.slice('own-'.length));
      if (owner === undefined) all.push(judgeReads(foreign, observed, maxAgeMs));
      else {
        const { writes = [] } = reports[owner] ?? {};
        const history = createAnswerHistory();
        for (const { sentMs, settledMs } of emptied) history.emptied(sentMs, settledMs);
        all.push(judgeReads(addWrites(history, writes, ownTtlMs), observed, maxAgeMs));
        // A process has to notice only its own changes at once, including failed ones.
        const ownHistory = addWrites(createAnswerHistory({ isLossAnEnd: true }), writes);
        if (owner === reader) own.push(judgeReads(ownHistory, observed, 0));
      }
    }
  }
  const operations: Record<string, number> = {};
  for (const report of reports) {
    for (const [result, count] of Object.entries(report.operations)) {
      operations[result] = (operations[result] ?? 0) + count;
    }
  }
  return {
    all: addVerdicts(all),
    own: addVerdicts(own),
    wrong: reports.reduce((sum, { wrong }) => sum + wrong, 0),
    operations,
  };
}

const forms = ['get', 'frozen get', 'getOrSet', 'getMany'];

function toReads(numbers: readonly number[]): ObservedRead[] {
  return Array.from({ length: numbers.length / 4 }, (_, index) => {
    const [askedMs = 0, answeredMs = 0, version = 0, form = 0] = numbers.slice(index * 4, index * 4 + 4);
    return { askedMs, answeredMs, version, form: forms[form] ?? '' };
  });
}

/** Adds what a process has written with the cache under test. A failed write may have been sent, so it may still be made later. */
function addWrites(history: AnswerHistory, writes: readonly number[], ttlMs?: number): AnswerHistory {
  for (let start = 0; start < writes.length; start += 4) {
    const [version = 0, calledMs = 0, settledMs = 0, isMade = 0] = writes.slice(start, start + 4);
    const change = history.begin(version || undefined, calledMs);
    if (isMade) change.acknowledged(settledMs, ttlMs);
    else change.lost(settledMs, true);
  }
  return history;
}
