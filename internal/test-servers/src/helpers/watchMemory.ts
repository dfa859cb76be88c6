import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Watches the memory of this process. Returns a function that ends this and returns the largest growth so far, in bytes.
 *
 * When the growth exceeds `limitBytes`, garbage is collected first, so that only what is still referenced counts.
 */
export function watchMemory(limitBytes: number): () => number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const growth = () => {
    if (used() - before > limitBytes) collectGarbage();
    return used() - before;
  };
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, growth());
  }, 5);
  return () => {
    clearInterval(timer);
    return Math.max(most, growth());
  };
}
