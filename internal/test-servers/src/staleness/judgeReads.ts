import type { AnswerHistory } from './answerHistory';

/** A read as its process saw it. `version` is 0 for a miss. Times are those of `machineMs`. */
export interface ObservedRead {
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly version: number;
  /** The kind of read, for the examples. */
  readonly form: string;
}

/** The result of checking the reads of a key. A miss is never wrong: this is a cache. */
export interface Verdict {
  readonly reads: number;
  readonly hits: number;
  /** Age of the oldest read, in ms: how long the servers had no longer answered with its version when the read was called. */
  readonly oldestMs: number;
  /** Number of reads that were older than allowed. */
  readonly tooOld: number;
  /** Number of reads with a version that no server can have had yet. */
  readonly impossible: number;
  /** Texts about some of these. */
  readonly examples: readonly string[];
}

const MAX_EXAMPLES = 5;

/** @param maxAgeMs - Largest allowed age of a read. */
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

/** Adds up the verdicts of several keys. */
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
