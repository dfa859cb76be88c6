import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `use` and finds timers that it, or anything it started, created and that still run `graceMs` after it has settled.
 * Returns for each the line of code that created it. Unreferenced timers count too: until the process ends they keep running
 * and keep their objects in memory.
 */
export async function findTimersLeft(use: () => Promise<void>, graceMs: number): Promise<readonly string[]> {
  const storage = new AsyncLocalStorage<boolean>();
  const running = new Map<number, string>();
  const hook = createHook({
    init(id, type) {
      if (type !== 'Timeout' || !storage.getStore()) return;
      const caller = findCaller();
      // Yarn Plug'n'Play closes the archive that a module was loaded from by a timer.
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
    // Node would go on preparing for a destroy hook with every promise, while anything else follows promises.
    createHook({ init: () => {} })
      .enable()
      .disable();
    // It would go on following every promise of the process.
    storage.disable();
  }
}

/** The line of the stack that called Node, which called this file. A bundle has this file under any name. */
function findCaller(): string {
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  const ofNode = lines.findIndex(each => each.includes('node:'));
  const line = lines.slice(ofNode).find(each => !/node:|<anonymous>/.test(each)) ?? 'somewhere';
  return line.trim().replace(/^at /, '');
}
