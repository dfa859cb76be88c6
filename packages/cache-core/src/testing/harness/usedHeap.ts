import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Without the process having been started with a flag for it. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

/** In bytes, without what nothing refers to. */
export function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
