import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage. Works without `--expose-gc` on the command line. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

/**
 * Bytes of the heap that are free when what `make` returns is dropped: the median of three measurements, as what an earlier test file
 * has left may come or go in one of them.
 */
export async function heapOf(make: () => unknown): Promise<number> {
  const measured: number[] = [];
  while (measured.length < 3) {
    const made = [make()];
    const full = await settledHeap();
    made.pop();
    measured.push(full - (await settledHeap()));
  }
  return measured.sort((first, second) => first - second)[1] ?? 0;
}

/** What earlier code has left may need several turns and collections to go. */
async function settledHeap(): Promise<number> {
  let before = Infinity;
  for (;;) {
    await nextTurn();
    const bytes = usedHeap();
    if (bytes > 0.999 * before) return bytes;
    before = bytes;
  }
}

/** Bytes of the heap in use after a garbage collection. */
export function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
