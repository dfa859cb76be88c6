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
 * Bytes of the heap that become free when the result of `make` is dropped. It is the median of three measurements, as objects that an
 * earlier test file has left may go away during one of them.
 */
export async function heapOf(make: () => unknown): Promise<number> {
  const [first, second] = [await measureHeapOf(make), await measureHeapOf(make)];
  // The median lies between these two, whatever a third one gives.
  if (Math.abs(first - second) < 0.01 * first) return first;
  const sorted = [first, second, await measureHeapOf(make)].sort((one, other) => one - other);
  return sorted[1] ?? 0;
}

async function measureHeapOf(make: () => unknown): Promise<number> {
  const made = [make()];
  const full = await settledHeap();
  made.pop();
  return full - (await settledHeap());
}

/** Collects garbage until nothing more goes away, as what earlier code has left may need several turns and collections. */
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
