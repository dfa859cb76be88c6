// Keeps one subject open and runs trials on it: `subjectProcess.ts <subject> <store> <access as JSON>`.
import { runTrial } from './runTrial';
import { createSamples } from './sample';
import type { Sample, Size } from './sample';
import { subjects } from './subject';
import type { Access, Cache, Store } from './openSubject';
import type { Subject } from './subject';
import type { Trial, TrialQuestion } from './trial';
import { answerQuestions } from './worker';

const [subject, store, access] = process.argv.slice(2) as [Subject, Store, string];
const opening = subjects[subject].load().then(open => open(store, JSON.parse(access) as Access));
const caches: Cache[] = [];
const samplesOf = new Map<Size, readonly Sample[]>();
/** A trial is repeated, as a busy machine can make a server miss a deadline. */
const ATTEMPTS = 3;
/** Ttl of values that are read through, in ms: longer than a run. */
const TTL_MS = 3_600_000;

answerQuestions<TrialQuestion, Trial>(async question => {
  const opened = await opening;
  while (caches.length < question.plugins) caches.push(await opened.cacheOf(`plugin-${caches.length}`));
  const samples = samplesOf.get(question.size) ?? createSamples(question.size);
  samplesOf.set(question.size, samples);
  for (let attempt = 1; ; attempt++) {
    const faultsBefore = opened.faults?.() ?? 0;
    const [cache] = caches;
    const asked = {
      caches: caches.slice(0, question.plugins),
      samples: samples.slice(0, question.keys),
      readThrough: cache && opened.readThrough?.(cache, TTL_MS),
      getFrozen: cache && opened.getFrozen?.(cache),
    };
    const trial = await runTrial(asked, question).catch((error: Error) => error);
    // Operations that are not carried out would look fast, so a trial with faults does not count.
    const faults = (opened.faults?.() ?? 0) - faultsBefore;
    if (!(trial instanceof Error) && faults === 0) return trial;
    if (attempt === ATTEMPTS) throw trial instanceof Error ? trial : new Error(`${faults} operations had a fault`);
  }
});
