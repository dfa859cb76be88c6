import { startRedis } from '@greenroom/test-servers';
import { askAll, interleaveStarted } from './interleave';
import { joinStarts } from './joinStarts';
import { CALLERS } from './measureThroughput';
import type { Plan } from './plan';
import type { Results } from './results';
import { startSubject } from './startSubject';
import type { Subject } from './subject';
import type { TrialQuestion } from './trial';

const compared: readonly Subject[] = ['greenroom', 'built-in cache', 'redis'];
/** Number of gets in one turn of the event loop. */
const BURST = 1000;

/** Measures bursts, and what a get of 1 KB from Redis costs with an increasing number of callers and plugins. */
export async function measureGrowth(
  plan: Plan,
  report: (what: string) => void,
): Promise<Pick<Results, 'bursts' | 'callers' | 'plugins'>> {
  const server = await startRedis();
  const question = { operation: 'get', size: '1 KB', callers: CALLERS, burst: 1, plugins: 1 } as const;
  const measure = (subjects: readonly Subject[], changes: readonly Partial<TrialQuestion>[], part = plan) => {
    const started = subjects.map(subject => startSubject(subject, 'redis', { connection: server.url }));
    const questions = changes.map(change => ({ ...question, durationMs: plan.trialMs, ...change }));
    return interleaveStarted(started, askAll(questions), part);
  };
  try {
    report(`redis: ${BURST} gets in one turn`);
    const sizes = ['100 B', '1 KB'] as const;
    const changes = sizes.map(size => ({ size, burst: BURST, callers: 1 }));
    const bursts = await joinStarts(plan, part => measure(compared, changes, part));
    report('redis: more and more callers');
    const callers = await measure(
      compared,
      plan.callers.map(count => ({ callers: count })),
    );
    report('redis: more and more plugins');
    const plugins = await measure(
      ['greenroom', 'built-in cache'],
      plan.plugins.map(count => ({ plugins: count })),
    );
    return { bursts, callers, plugins };
  } finally {
    await server.stop();
  }
}
