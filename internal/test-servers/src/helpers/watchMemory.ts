import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Watches how much memory this process takes. Returns a function that ends this, and gives the largest growth since, in bytes.
 *
 * Above `limitBytes` garbage is collected first: what nobody keeps does not count, whatever Node leaves lying about.
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
