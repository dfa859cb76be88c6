import { setTimeout as sleep } from 'node:timers/promises';

const intervalMs = 20;

/** Calls `attempt` until it resolves, and returns what it resolves to. Rejects with its last failure after `timeoutMs`. */
export async function waitUntil<Value>(what: string, timeoutMs: number, attempt: () => Promise<Value>): Promise<Value> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (performance.now() > deadlineMs) {
        throw new Error(`Waited ${timeoutMs} ms in vain until ${what}: ${String(cause)}`, { cause });
      }
      await sleep(intervalMs);
    }
  }
}

/** Polls every 10 ms until `isTrue` gives true. Rejects after `withinMs`; `what` names the condition in the error. */
export async function until(what: string, isTrue: () => Promise<boolean> | boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** Gives what `promise` resolves to. Rejects when that takes longer than `withinMs`. */
export async function within<T>(withinMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Not settled within ${withinMs} ms`)), withinMs);
  });
  return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
}

/** Gives what an operation rejects with, or `undefined` when it resolves. */
export async function errorOf(operation: Promise<unknown>): Promise<(Error & { readonly code: string }) | undefined> {
  return operation.then(
    () => undefined,
    (error: unknown) => error as Error & { readonly code: string },
  );
}
