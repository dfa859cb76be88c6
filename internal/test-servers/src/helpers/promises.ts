import { setTimeout as sleep } from 'node:timers/promises';

const intervalMs = 20;

/** A limit is counted in this many steps. */
const STEPS = 10;

/**
 * Calls `expire` after `ms`, counted in steps of a timer. If the process gets no processor for a while, only one step passes, however long
 * that was: nothing can settle meanwhile, and data that has arrived is read first.
 *
 * @returns a function that cancels the limit.
 */
function limit(ms: number, expire: () => void): () => void {
  let left = STEPS;
  const timer = setInterval(() => {
    left--;
    if (left === 0) setImmediate(expire);
  }, ms / STEPS);
  return () => clearInterval(timer);
}

/** Calls `attempt` until it resolves, and resolves to its result. Rejects with its last failure after `timeoutMs`. */
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

/** Polls every 10 ms until `isTrue` returns true. Rejects after `withinMs`; `what` names the condition in the error. */
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

/** Resolves to the result of `promise`. Rejects when that takes longer than `withinMs`. */
export async function within<T>(withinMs: number, promise: Promise<T>): Promise<T> {
  let end = () => {};
  const expired = new Promise<never>((_resolve, reject) => {
    end = limit(withinMs, () => reject(new Error(`Not settled within ${withinMs} ms`)));
  });
  return Promise.race([promise, expired]).finally(end);
}

/** Resolves to the error that an operation rejects with, or to `undefined` when it resolves. */
export async function errorOf(operation: Promise<unknown>): Promise<(Error & { readonly code: string }) | undefined> {
  return operation.then(
    () => undefined,
    (error: unknown) => error as Error & { readonly code: string },
  );
}
