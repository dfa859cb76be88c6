import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Measures the memory of the built package in a process of its own, in which nothing else allocates or frees memory. */
async function measure<T>(...args: readonly string[]): Promise<T> {
  const script = join(__dirname, '../measure.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, ...args]);
  return JSON.parse(stdout) as T;
}

type Megabytes = Record<'start' | 'baseline' | 'full' | 'after', { heap: number; resident: number }>;

describe('the memory use of the store', () => {
  /** This measurement waits most of the time. The others run meanwhile, in processes of their own. */
  let expiring: Promise<{ readonly megabytes: Megabytes }>;
  beforeAll(() => {
    expiring = measure('expire');
    // The test that awaits it reports a failure.
    expiring.catch(() => {});
  });

  it.each(['bound-small', 'bound-1k', 'bound-1k-wide', 'bound-50k'])(
    'differs from maxBytes by less than a tenth when the store is full (%s)',
    async name => {
      const { takenOfBound } = await measure<{ takenOfBound: number }>(name);
      expect(takenOfBound).toBeGreaterThan(0.9);
      expect(takenOfBound).toBeLessThan(1.1);
    },
  );

  it('is less than 1.2 times that of lru-cache per entry, with the same strings', async () => {
    // A quarter of the entries in the README, in a quarter of the shards, so the tables are as full as there.
    const entries = '250000';
    const store = await measure<{ bytesPerEntry: number }>('entry-store', entries);
    const lruCache = await measure<{ bytesPerEntry: number }>('entry-lru-cache', entries);
    expect(store.bytesPerEntry).toBeLessThan(1.2 * lruCache.bytesPerEntry);
  });

  it('is close to the baseline again 10 s after a million unread entries have expired', async () => {
    const { start, baseline, full, after } = (await expiring).megabytes;
    expect(full.heap).toBeGreaterThan(baseline.heap + 100);
    expect(after.heap).toBeLessThan(baseline.heap + 10);
    // What V8 keeps for itself differs from one measurement to the next.
    expect(after.resident).toBeLessThan(1.1 * baseline.resident + 10);
    // The difference is 20 to 30 MB, the compiled code included. With buffers from malloc it is 60 to 100 MB.
    expect(after.resident).toBeLessThan(start.resident + 45);
    // Compares with the memory that was taken, whatever the process itself takes in this version of Node.
    expect(after.resident - start.resident).toBeLessThan(0.25 * (full.resident - start.resident));
  });
});
