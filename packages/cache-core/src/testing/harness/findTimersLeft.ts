import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/**
 * Where the timers were made that `use`, or what it has begun, has made and that are not over when it has settled, nor until
 * the grace is. Timers that let the process end count too: they go on until it does, with all that they hold.
 */
export async function findTimersLeft(use: () => Promise<void>, graceMs: number): Promise<readonly string[]> {
  const storage = new AsyncLocalStorage<boolean>();
  const running = new Map<number, string>();
  const hook = createHook({
    init(id, type) {
      if (type === 'Timeout' && storage.getStore()) running.set(id, findCaller());
    },
    destroy: id => void running.delete(id),
  }).enable();
  try {
    await storage.run(true, use);
    const deadlineMs = performance.now() + graceMs;
    while (running.size > 0 && performance.now() < deadlineMs) await new Promise(setImmediate);
    return [...running.values()];
  } finally {
    hook.disable();
  }
}

/** The first line of the stack that is neither this file nor Node. */
function findCaller(): string {
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  const line = lines.find(each => !each.includes('findTimersLeft') && !/node:|<anonymous>/.test(each)) ?? 'somewhere';
  return line.trim().replace(/^at /, '');
}
