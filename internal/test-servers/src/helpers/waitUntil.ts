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
