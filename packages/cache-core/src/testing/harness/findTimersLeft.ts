import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `use`, and finds the timers that were created by it, or by something it started, and that still run `graceMs` after it has settled.
 * Returns for each the line of code that created it. Unreferenced timers count too: they keep running and keep their objects in memory
 * until the process ends.
 */
export async function findTimersLeft(use: () => Promise<void>, graceMs: number): Promise<readonly string[]> {
  const storage = new AsyncLocalStorage<boolean>();
  const running = new Map<number, string>();
  const hook = createHook({
    init(id, type) {
      if (type !== 'Timeout' || !storage.getStore()) return;
      const caller = findCaller();
      // Yarn Plug'n'Play uses a timer to close the archive that a module was loaded from.
      if (!caller.includes('.pnp.cjs')) running.set(id, caller);
    },
    destroy: id => void running.delete(id),
  }).enable();
  try {
    await storage.run(true, use);
    const deadlineMs = performance.now() + graceMs;
    while (running.size > 0 && performance.now() < deadlineMs) await sleep(1);
    return [...running.values()];
  } finally {
    hook.disable();
    // After a `destroy` hook, Node would keep preparing for one with every promise, as long as anything else tracks promises.
    createHook({ init: () => {} })
      .enable()
      .disable();
    // Otherwise it would keep tracking every promise of the process.
    storage.disable();
  }
}

/** Finds the line of the stack that called Node, which then called this file. In a bundle this file can have any name. */
function findCaller(): string {
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  const ofNode = lines.findIndex(each => each.includes('node:'));
  const line = lines.slice(ofNode).find(each => !/node:|<anonymous>/.test(each)) ?? 'somewhere';
  return line.trim().replace(/^at /, '');
}
