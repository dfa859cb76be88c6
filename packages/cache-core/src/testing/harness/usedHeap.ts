import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage. Works without `--expose-gc` on the command line. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

/** Bytes of the heap that are free when what `make` returns is dropped. */
export function heapOf(make: () => unknown): number {
  const made = [make()];
  // The first collection takes what was there before, too.
  usedHeap();
  const full = usedHeap();
  made.pop();
  return full - usedHeap();
}

/** Bytes of the heap in use after a garbage collection. */
export function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
