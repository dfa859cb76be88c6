import type { AnswerHistory } from './answerHistory';

/** A read as its process saw it. `version` 0 is a miss. Times as of `machineMs`. */
export interface ObservedRead {
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly version: number;
  /** How it was asked for, for the examples. */
  readonly form: string;
}

/** What is found out about the reads of a key. A miss is never wrong: this is a cache. */
export interface Verdict {
  readonly reads: number;
  readonly hits: number;
  /** Longest time that a server had not answered so any more when the read was asked for, in ms. */
  readonly oldestMs: number;
  /** Reads that were older than they may be. */
  readonly tooOld: number;
  /** Reads of what no server can have had by then. */
  readonly impossible: number;
  /** Some of them in words. */
  readonly examples: readonly string[];
}

const MAX_EXAMPLES = 5;

/** @param maxAgeMs - how old a read may be */
export function judgeReads(history: AnswerHistory, reads: Iterable<ObservedRead>, maxAgeMs: number): Verdict {
  const verdict = { reads: 0, hits: 0, oldestMs: 0, tooOld: 0, impossible: 0 };
  const examples: string[] = [];
  const found = new Map<number, ReturnType<AnswerHistory['spansOf']>>();
  const spansOf = (version: number) => {
    const spans = found.get(version) ?? history.spansOf(version);
    found.set(version, spans);
    return spans;
  };
  for (const { askedMs, answeredMs, version, form } of reads) {
    verdict.reads++;
    if (version === 0) continue;
    verdict.hits++;
    const ages = spansOf(version)
      .filter(({ fromMs }) => fromMs <= answeredMs)
      .map(({ untilMs }) => Math.max(0, askedMs - untilMs));
    const ageMs = Math.min(...ages);
    if (ageMs === Infinity) verdict.impossible++;
    else verdict.oldestMs = Math.max(verdict.oldestMs, ageMs);
    if (ageMs > maxAgeMs && ageMs < Infinity) verdict.tooOld++;
    if (ageMs > maxAgeMs && examples.length < MAX_EXAMPLES) {
      const age = ageMs === Infinity ? 'before any server had it' : `${ageMs.toFixed(1)} ms old`;
      examples.push(
        `${form}: version ${version}, asked for at ${askedMs.toFixed(1)}, answered at ${answeredMs.toFixed(1)}: ${age}`,
      );
    }
  }
  return { ...verdict, examples };
}

/** The same of several keys together. */
export function addVerdicts(verdicts: readonly Verdict[]): Verdict {
  const sum = (valueOf: (verdict: Verdict) => number) => verdicts.reduce((total, one) => total + valueOf(one), 0);
  return {
    reads: sum(({ reads }) => reads),
    hits: sum(({ hits }) => hits),
    oldestMs: Math.max(0, ...verdicts.map(({ oldestMs }) => oldestMs)),
    tooOld: sum(({ tooOld }) => tooOld),
    impossible: sum(({ impossible }) => impossible),
    examples: verdicts.flatMap(({ examples }) => examples).slice(0, MAX_EXAMPLES),
  };
}
