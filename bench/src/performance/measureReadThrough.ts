import { interleaveStarted } from './interleave';
import { joinStarts } from './joinStarts';
import { CALLERS } from './measureThroughput';
import { stores } from './openSubject';
import type { Store } from './openSubject';
import type { Plan } from './plan';
import type { Measured, Results } from './results';
import { startServer } from './startServer';
import { startSubject } from './startSubject';
import type { StartedSubject } from './startSubject';
import type { Subject } from './subject';
import type { TrialQuestion } from './trial';

/** Number of callers that ask for one key at the same time. */
const STAMPEDE_CALLERS = 1000;

/** All have a method for it, except the built-in cache, with which plugins do it by hand. */
const subjects: readonly Subject[] = ['greenroom', 'built-in cache', 'bentocache', 'cachified', 'cache-manager'];
/** Stores with which all subjects are measured; with the others only Greenroom is. */
const comparedStores: readonly Store[] = ['redis', 'memory'];

/** Measures the cost of a hit when values are read through the cache, and what happens when many callers miss the same key. */
export async function measureReadThrough(
  plan: Plan,
  report: (what: string) => void,
): Promise<Pick<Results, 'hits' | 'stampedes'>> {
  const hits: Measured[] = [];
  const stampedes: Measured[] = [];
  for (const store of stores) {
    report(`${store}: hits by getOrSet, and stampedes`);
    const server = store === 'memory' ? undefined : await startServer(store);
    const isCompared = plan.generalCaches && comparedStores.includes(store);
    const start = () =>
      subjects
        .slice(0, isCompared ? undefined : 1)
        .map(subject => startSubject(subject, store, server ? { connection: server.url } : {}));
    const question = { burst: 1, plugins: 1, durationMs: plan.trialMs } as const;
    const hitQuestions = (['get', 'getOrSet'] as const).map(
      operation => ({ ...question, operation, size: '100 B', callers: CALLERS }) as const,
    );
    const stampede = { ...question, operation: 'stampede', size: '1 KB', callers: STAMPEDE_CALLERS } as const;
    const askEach = (questions: readonly TrialQuestion[]) => (started: readonly StartedSubject[]) =>
      started.flatMap(one => questions.map(asked => ({ started: one, question: asked })));
    try {
      hits.push(...(await joinStarts(plan, part => interleaveStarted(start(), askEach(hitQuestions), part))));
      stampedes.push(...(await interleaveStarted(start(), askEach([stampede]), plan)));
    } finally {
      await server?.stop();
    }
  }
  return { hits, stampedes };
}
