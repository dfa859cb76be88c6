import type { ServerAddress } from '@greenroom/test-servers';
import { askAll, interleave } from './interleave';
import { joinStarts } from './joinStarts';
import type { Plan } from './plan';
import type { Measured } from './results';
import { sizes } from './sample';
import { startLimit } from './startLimit';
import { startSubject } from './startSubject';
import type { StartedSubject } from './startSubject';
import { generalCaches, listSubjects } from './subject';
import type { Store } from './openSubject';
import { operations } from './trial';

/** Number of callers with which throughput is compared. */
export const CALLERS = 64;

/** Measures all subjects that can use the store, each in its own process. */
export function measureThroughput(
  store: Store,
  server: (ServerAddress & { readonly url: string }) | undefined,
  plan: Plan,
  report: (what: string) => void,
): Promise<readonly Measured[]> {
  const access = server ? { connection: server.url } : {};
  const wanted = listSubjects(store).filter(subject => plan.generalCaches || !generalCaches.includes(subject));
  const question = { callers: CALLERS, burst: 1, plugins: 1, durationMs: plan.trialMs } as const;
  return joinStarts(plan, async (part, start) => {
    const started: StartedSubject[] = wanted.map(subject => startSubject(subject, store, access));
    const limit = server && (store === 'redis' || store === 'valkey') ? await startLimit(store, server) : undefined;
    if (limit) started.push(limit);
    const measured: Measured[] = [];
    try {
      for (const size of sizes) {
        for (const operation of operations) {
          const kind = `${store === 'none' ? 'core alone' : store}: ${operation}, ${size}`;
          report(plan.starts === 1 ? kind : `${kind}, ${start} of ${plan.starts}`);
          measured.push(...(await interleave(askAll([{ ...question, size, operation }])(started), part)));
        }
      }
    } finally {
      await Promise.all(started.map(subject => subject.stop()));
    }
    return measured;
  });
}
