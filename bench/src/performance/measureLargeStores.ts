import { freemem } from 'node:os';
import { sendCommands, startRedis, startRedisCluster } from '@greenroom/test-servers';
import { askAll, interleaveStarted } from './interleave';
import { joinStarts } from './joinStarts';
import { CALLERS } from './measureThroughput';
import type { Plan } from './plan';
import type { LargeStores } from './results';
import { startSubject } from './startSubject';
import { operations } from './trial';

/** Largest size of 10,000,000 small keys, in bytes. */
const FULL_MEMORY = 3 * 1024 ** 3;
const POPULATE_TIMEOUT_MS = 120_000;

/** Measures a get and a set of 1 KB on Redis alone, beside many other keys, and in a cluster. */
export async function measureLargeStores(plan: Plan): Promise<LargeStores> {
  const fullKeys = freemem() > FULL_MEMORY ? 10_000_000 : 1_000_000;
  const alone = await startRedis();
  const full = await startRedis({ args: ['--enable-debug-command', 'yes'] });
  const cluster = await startRedisCluster();
  await sendCommands(full, [['DEBUG', 'POPULATE', String(fullKeys), 'other', '8']], POPULATE_TIMEOUT_MS);
  const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
  const question = { size: '1 KB', callers: CALLERS, burst: 1, plugins: 1, durationMs: plan.trialMs } as const;
  const questions = operations.map(operation => ({ ...question, operation }));
  const measure = (part: Plan) => {
    const started = [
      startSubject('greenroom', 'redis', { connection: alone.url }),
      startSubject('greenroom', 'redis', { connection: full.url }, 'full'),
      startSubject('greenroom', 'redis', { redis: { cluster: { rootNodes } } }, 'cluster'),
    ];
    return interleaveStarted(started, askAll(questions), part);
  };
  try {
    return { fullKeys, measured: await joinStarts(plan, measure) };
  } finally {
    await Promise.all([alone.stop(), full.stop(), cluster.stop()]);
  }
}
