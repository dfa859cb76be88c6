import { sendCommands, startRedis } from '@greenroom/test-servers';
import { median } from './median';
import { startWorker } from './worker';

/** A bare client needs a loop of SCAN and UNLINK; the overlapped loop scans on while the server removes. */
const clearWays = ['greenroom', 'loop', 'overlapped loop'] as const;
export type ClearWay = (typeof clearWays)[number];

export interface Cleared {
  readonly way: ClearWay;
  readonly tookMs: number;
  /** Longest time of a ping by another client during the clear. */
  readonly longestDelayMs: number;
}

const KEYS = 1_000_000;
const CLEARED_KEYS = 100_000;
const POPULATE_TIMEOUT_MS = 60_000;

/** Clears 100,000 of 1,000,000 keys, each way in turn. */
export async function measureClear(rounds: number): Promise<readonly Cleared[]> {
  const server = await startRedis({ args: ['--enable-debug-command', 'yes'] });
  const populate = (count: number, prefix: string) =>
    sendCommands(server, [['DEBUG', 'POPULATE', String(count), prefix, '20']], POPULATE_TIMEOUT_MS);
  await populate(KEYS - CLEARED_KEYS, 'other');
  const workers = clearWays.map(way => ({
    way,
    worker: startWorker<object, number>('./clearProcess.ts', [way, server.url, 'cleared:']),
    tookMs: [] as number[],
    delaysMs: [] as number[],
  }));
  const other = startWorker<object, number>('./delayProcess.ts', [server.url]);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { worker, tookMs, delaysMs } of workers) {
        await populate(CLEARED_KEYS, 'cleared');
        await other.ask({});
        tookMs.push(await worker.ask({}));
        delaysMs.push(await other.ask({}));
        const [size] = await sendCommands(server, [['DBSIZE']]);
        if (Number(size) !== KEYS - CLEARED_KEYS) throw new Error(`${String(size)} keys are left`);
      }
    }
  } finally {
    await Promise.all([...workers.map(({ worker }) => worker.stop()), other.stop()]);
    await server.stop();
  }
  return workers.map(({ way, tookMs, delaysMs }) => ({
    way,
    tookMs: median(tookMs),
    longestDelayMs: median(delaysMs),
  }));
}
