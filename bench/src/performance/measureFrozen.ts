import { interleaveStarted } from './interleave';
import { joinStarts } from './joinStarts';
import { CALLERS } from './measureThroughput';
import type { Plan } from './plan';
import type { Measured } from './results';
import type { Size } from './sample';
import { startServer } from './startServer';
import { startSubject } from './startSubject';
import type { StartedSubject } from './startSubject';
import type { Store } from './openSubject';
import type { Subject } from './subject';

interface Place {
  readonly store: Store;
  /** All are measured with a plain get, the first one also with a frozen get. */
  readonly subjects: readonly Subject[];
  readonly sizes: readonly Size[];
}

const places: readonly Place[] = [
  {
    store: 'memory',
    subjects: ['greenroom', 'built-in cache', 'bentocache', 'lru-cache by reference'],
    sizes: ['1 KB', '50 KB'],
  },
  { store: 'redis', subjects: ['greenroom', 'built-in cache', 'bentocache'], sizes: ['50 KB'] },
  { store: 'valkey', subjects: ['greenroom'], sizes: ['50 KB'] },
  { store: 'none', subjects: ['core, changing'], sizes: ['1 KB'] },
];
/** So few keys that all values stay decoded, at any size. */
const KEYS = 20;

/** Measures gets of frozen values, next to plain gets of other caches. */
export async function measureFrozen(plan: Plan, report: (what: string) => void): Promise<readonly Measured[]> {
  const question = { callers: CALLERS, burst: 1, plugins: 1, keys: KEYS, durationMs: plan.trialMs } as const;
  const measured: Measured[] = [];
  for (const { store, subjects, sizes } of places) {
    report(`${store === 'none' ? 'core alone' : store}: frozen gets`);
    const server = store === 'memory' || store === 'none' ? undefined : await startServer(store);
    const start = () =>
      subjects
        .slice(0, plan.generalCaches ? undefined : 1)
        .map(subject => startSubject(subject, store, server ? { connection: server.url } : {}));
    const toTurns = (started: readonly StartedSubject[]) =>
      sizes.flatMap(size =>
        started.flatMap((one, index) =>
          (index === 0 ? (['get', 'getFrozen'] as const) : (['get'] as const)).map(operation => ({
            started: one,
            question: { ...question, size, operation },
          })),
        ),
      );
    try {
      measured.push(...(await joinStarts(plan, part => interleaveStarted(start(), toTurns, part))));
    } finally {
      await server?.stop();
    }
  }
  return measured;
}
