import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage. Works without `--expose-gc` on the command line. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

/** Bytes of the heap in use after a garbage collection. */
export function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
