import type { ServerAddress } from '@greenroom/test-servers';
import { interleave } from './interleave';
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

/** Callers with which throughput is compared. */
export const CALLERS = 64;

/** All that can use the store, each in a process of its own. */
export function measureThroughput(
  store: Store,
  server: (ServerAddress & { readonly url: string }) | undefined,
  plan: Plan,
  report: (what: string) => void,
): Promise<readonly Measured[]> {
  return joinStarts(plan, (part, start) => {
    const reportKind = (what: string) => report(plan.starts === 1 ? what : `${what}, ${start} of ${plan.starts}`);
    return measureOnce(store, server, part, reportKind);
  });
}

async function measureOnce(
  store: Store,
  server: (ServerAddress & { readonly url: string }) | undefined,
  plan: Plan,
  report: (what: string) => void,
): Promise<readonly Measured[]> {
  const access = server ? { connection: server.url } : {};
  const { trialMs } = plan;
  const wanted = listSubjects(store).filter(subject => plan.generalCaches || !generalCaches.includes(subject));
  const started: StartedSubject[] = wanted.map(subject => startSubject(subject, store, access));
  const limit = server && (store === 'redis' || store === 'valkey') ? await startLimit(store, server) : undefined;
  if (limit) started.push(limit);
  const question = { callers: CALLERS, burst: 1, plugins: 1, durationMs: trialMs } as const;
  const measured: Measured[] = [];
  try {
    for (const size of sizes) {
      for (const operation of operations) {
        report(`${store === 'none' ? 'core alone' : store}: ${operation}, ${size}`);
        const turns = started.map(subject => ({ started: subject, question: { ...question, size, operation } }));
        measured.push(...(await interleave(turns, plan)));
      }
    }
  } finally {
    await Promise.all(started.map(subject => subject.stop()));
  }
  return measured;
}
