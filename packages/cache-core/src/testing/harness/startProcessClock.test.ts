import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { compute } from '../testSupport/compute';
import { startProcessClock } from './startProcessClock';

/** How far the clock and the wall clock advance during `run`, in ms. */
async function measure(run: () => unknown): Promise<{ clockMs: number; wallMs: number }> {
  const clock = startProcessClock();
  try {
    await sleep(30);
    const [clockAtMs, wallAtMs] = [clock.now(), performance.now()];
    await run();
    return { clockMs: clock.now() - clockAtMs, wallMs: performance.now() - wallAtMs };
  } finally {
    clock.stop();
  }
}

describe('a process clock', () => {
  it('stands still while the process is blocked by a child process', async () => {
    // While a process waits for its child in one turn of the event loop, it computes as little as a process without a processor.
    const wait = () => spawnSync(process.execPath, ['-e', 'setTimeout(() => {}, 1000)']);
    const { clockMs, wallMs } = await measure(wait);
    expect(wallMs).toBeGreaterThan(1000);
    expect(wallMs - clockMs).toBeGreaterThan(900);
  });

  it('advances while the process itself computes', async () => {
    const { user, system } = process.cpuUsage();
    const { clockMs } = await measure(() => compute(300));
    const used = process.cpuUsage({ user, system });
    expect(clockMs).toBeGreaterThan((used.user + used.system) / 1000 - 50);
  });

  it('advances while the event loop is idle', async () => {
    // At least one of several sleeps is not delayed by other processes.
    const longest = { clockMs: 0 };
    for (let round = 0; round < 50 && longest.clockMs < 95; round++) {
      longest.clockMs = Math.max(longest.clockMs, (await measure(() => sleep(100))).clockMs);
    }
    expect(longest.clockMs).toBeGreaterThanOrEqual(95);
  });

  it('never goes back', async () => {
    const clock = startProcessClock();
    try {
      let lastMs = clock.now();
      for (let round = 0; round < 50; round++) {
        compute(round);
        await sleep(1);
        const nowMs = clock.now();
        expect(nowMs).toBeGreaterThanOrEqual(lastMs);
        lastMs = nowMs;
      }
    } finally {
      clock.stop();
    }
  });
});
