import { setTimeout as sleep } from 'node:timers/promises';

const intervalMs = 20;

/** All limits here are spent in this many steps. */
const STEPS = 10;

/**
 * Calls `expire` after `ms` in which the event loop came round. Without that nothing can settle: a test that gets no processor for a
 * while loses one step, however long that was, and what has arrived meanwhile is read first.
 *
 * @returns a function that ends this.
 */
function limit(ms: number, expire: () => void): () => void {
  let left = STEPS;
  const timer = setInterval(() => {
    left--;
    if (left === 0) setImmediate(expire);
  }, ms / STEPS);
  return () => clearInterval(timer);
}

/** Calls `attempt` until it resolves, and returns what it resolves to. Rejects with its last failure after `timeoutMs`. */
export async function waitUntil<Value>(what: string, timeoutMs: number, attempt: () => Promise<Value>): Promise<Value> {
  let isOver = false;
  const end = limit(timeoutMs, () => (isOver = true));
  try {
    for (;;) {
      try {
        return await attempt();
      } catch (cause) {
        if (isOver) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}: ${String(cause)}`, { cause });
        await sleep(intervalMs);
      }
    }
  } finally {
    end();
  }
}

/** Polls every 10 ms until `isTrue` gives true. Rejects after `withinMs`; `what` names the condition in the error. */
export async function until(what: string, isTrue: () => Promise<boolean> | boolean, withinMs: number): Promise<void> {
  let isOver = false;
  const end = limit(withinMs, () => (isOver = true));
  try {
    while (!(await isTrue())) {
      if (isOver) throw new Error(`Not within ${withinMs} ms: ${what}`);
      await sleep(10);
    }
  } finally {
    end();
  }
}

/** Gives what `promise` resolves to. Rejects when that takes longer than `withinMs`. */
export async function within<T>(withinMs: number, promise: Promise<T>): Promise<T> {
  let end = () => {};
  const expired = new Promise<never>((_resolve, reject) => {
    end = limit(withinMs, () => reject(new Error(`Not settled within ${withinMs} ms`)));
  });
  return Promise.race([promise, expired]).finally(end);
}

/** Gives what an operation rejects with, or `undefined` when it resolves. */
export async function errorOf(operation: Promise<unknown>): Promise<(Error & { readonly code: string }) | undefined> {
  return operation.then(
    () => undefined,
    (error: unknown) => error as Error & { readonly code: string },
  );
}
