import { createAnswerHistory } from './answerHistory';
import type { AnswerHistory } from './answerHistory';
import { judgeReads } from './judgeReads';

/** Versions 1 and 2, sent at 0 and 100 ms, acknowledged at 10 and 110 ms. */
function twoVersions(options = {}): AnswerHistory {
  const history = createAnswerHistory(options);
  history.begin(1, 0).acknowledged(10);
  history.begin(2, 100).acknowledged(110);
  return history;
}

/** The age of the version that was read, or `undefined` when no server can have had it. */
function ageOf(history: AnswerHistory, version: number, askedMs: number, answeredMs = askedMs + 1): number | undefined {
  const { oldestMs, impossible } = judgeReads(history, [{ askedMs, answeredMs, version, form: 'get' }], 100);
  return impossible > 0 ? undefined : oldestMs;
}

describe('the age of a read', () => {
  it.each([
    ['the current version', 2, 300, 301, 0],
    ['the previous version while the next one is being written', 1, 105, 106, 0],
    ['the next version while it is being written', 2, 105, 106, 0],
    ['the previous version when the read began after the next one was acknowledged', 1, 150, 151, 40],
    ['the previous version when the next one was acknowledged during the read', 1, 105, 500, 0],
    ['a version that was read before it was sent', 2, 90, 95, undefined],
    ['a version that was sent during the read', 2, 90, 105, 0],
    ['a version that was never written', 7, 300, 301, undefined],
  ])('is correct for %s', (_what, version, askedMs, answeredMs, expected) => {
    expect(ageOf(twoVersions(), version, askedMs, answeredMs)).toBe(expected);
  });

  it('counts from a removal, by a client or by the server', () => {
    const history = twoVersions();
    history.begin(undefined, 200).acknowledged(210);
    expect(ageOf(history, 2, 250)).toBe(40);
    const emptied = twoVersions();
    emptied.emptied(200, 230);
    expect(ageOf(emptied, 2, 250)).toBe(20);
  });

  it('counts from the end of the ttl', () => {
    const history = createAnswerHistory();
    history.begin(1, 0).acknowledged(10, 50);
    expect([59, 70].map(askedMs => ageOf(history, 1, askedMs))).toEqual([0, 10]);
  });

  it('does not count from a write that may not have happened', () => {
    const history = createAnswerHistory();
    history.begin(1, 0).acknowledged(10);
    history.begin(2, 100).lost(110, false);
    expect([1, 2].map(version => ageOf(history, version, 500))).toEqual([0, 0]);
    history.begin(3, 600).acknowledged(610);
    expect([1, 2, 3].map(version => ageOf(history, version, 650))).toEqual([40, 40, 0]);
  });

  it('stays 0 while the next write is in progress', () => {
    const history = createAnswerHistory();
    history.begin(1, 0).acknowledged(10);
    history.begin(2, 100);
    expect([1, 2].map(version => ageOf(history, version, 5000))).toEqual([0, 0]);
  });

  it('stays 0 for a lost write that may still arrive at any time', () => {
    const history = createAnswerHistory();
    history.begin(1, 0).lost(10, true);
    history.begin(2, 100).acknowledged(110);
    expect(ageOf(history, 1, 5000)).toBe(0);
  });

  it('counts from a failed write of the reader itself when isLossAnEnd is set', () => {
    const history = createAnswerHistory({ isLossAnEnd: true });
    history.begin(1, 0).acknowledged(10);
    history.begin(2, 100).lost(110, true);
    expect(ageOf(history, 1, 150)).toBe(40);
  });

  it('starts again for a version that the next server was found to have', () => {
    const history = twoVersions();
    history.emptied(200, 210);
    history.found(1, 300, 340);
    expect([1, 2].map(version => ageOf(history, version, 350))).toEqual([0, 140]);
    expect(ageOf(history, 1, 250)).toBe(140);
    history.begin(3, 400).acknowledged(410);
    expect(ageOf(history, 1, 450)).toBe(40);
  });

  it('stays 0 for a write that overlaps with a removal', () => {
    const history = createAnswerHistory();
    const write = history.begin(1, 0);
    history.emptied(5, 15);
    write.acknowledged(10);
    // The write may have been made after the server was emptied.
    expect(ageOf(history, 1, 500)).toBe(0);
  });
});

describe('a verdict', () => {
  it('counts reads, hits, too old reads and impossible reads, and describes examples', () => {
    const history = createAnswerHistory();
    history.begin(1, 0).acknowledged(10);
    history.begin(2, 100).acknowledged(110);
    const reads = [
      [0, 300],
      [2, 300],
      [1, 209],
      [1, 310],
      [3, 310],
    ].map(([version = 0, askedMs = 0]) => ({ version, askedMs, answeredMs: askedMs + 1, form: 'get' }));
    expect(judgeReads(history, reads, 100)).toEqual({
      ...{ reads: 5, hits: 4, oldestMs: 200, tooOld: 1, impossible: 1 },
      examples: [
        'get: version 1, asked for at 310.0, answered at 311.0: 200.0 ms old',
        'get: version 3, asked for at 310.0, answered at 311.0: before any server had it',
      ],
    });
  });
});
