import { setTimeout as sleep } from 'node:timers/promises';

/** Counts, by kind, the sockets and timers that keep the process alive. */
export function openHandles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (/Socket|TCP|TLS|Pipe|Timeout/.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/**
 * Waits until the handles that were closed earlier are gone: until the number is stable for 100 ms, at most 2 s. Then as
 * {@link openHandles}.
 */
export async function steadyHandles(): Promise<Map<string, number>> {
  const deadlineMs = performance.now() + 2000;
  let before = openHandles();
  for (;;) {
    await sleep(100);
    const now = openHandles();
    const isSteady = [...before].every(([kind, count]) => (now.get(kind) ?? 0) >= count);
    if (isSteady || performance.now() >= deadlineMs) return now;
    before = now;
  }
}
