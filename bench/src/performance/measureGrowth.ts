import { startRedis } from '@greenroom/test-servers';
import { interleave } from './interleave';
import { CALLERS } from './measureThroughput';
import type { Plan } from './plan';
import type { Results } from './results';
import { startSubject } from './startSubject';
import type { StartedSubject } from './startSubject';
import type { TrialQuestion } from './trial';

/** Gets in one turn of the event loop. */
const BURST = 1000;

/** Bursts, and what a get of 1 KB from Redis costs with more and more callers and plugins. */
export async function measureGrowth(
  plan: Plan,
  report: (what: string) => void,
): Promise<Pick<Results, 'bursts' | 'callers' | 'plugins'>> {
  const server = await startRedis();
  const [greenroom, builtIn, client] = (['greenroom', 'built-in cache', 'redis'] as const).map(subject =>
    startSubject(subject, 'redis', { connection: server.url }),
  ) as [StartedSubject, StartedSubject, StartedSubject];
  const all = [greenroom, builtIn, client];
  const question = { operation: 'get', size: '1 KB', callers: CALLERS, burst: 1, plugins: 1 } as const;
  const measure = (started: readonly StartedSubject[], changes: readonly Partial<TrialQuestion>[]) => {
    const questions = changes.map(change => ({ ...question, durationMs: plan.trialMs, ...change }));
    const turns = questions.flatMap(one => started.map(subject => ({ started: subject, question: one })));
    return interleave(turns, plan);
  };
  try {
    report(`redis: ${BURST} gets in one turn`);
    const sizes = ['100 B', '1 KB'] as const;
    const bursts = await measure(
      all,
      sizes.map(size => ({ size, burst: BURST, callers: 1 })),
    );
    report('redis: more and more callers');
    const callers = await measure(
      all,
      plan.callers.map(count => ({ callers: count })),
    );
    report('redis: more and more plugins');
    const plugins = await measure(
      [greenroom, builtIn],
      plan.plugins.map(count => ({ plugins: count })),
    );
    return { bursts, callers, plugins };
  } finally {
    await Promise.all(all.map(subject => subject.stop()));
    await server.stop();
  }
}
