import { startProcessClock } from './startProcessClock';

/**
 * Resolves to the time, in ms, that an operation took to settle, without the time that this process spent waiting for a processor:
 * a promise that holds on a quiet machine holds by this measure on a busy one, too. Rejects as the operation does.
 */
export async function measureMs(operation: () => PromiseLike<unknown>): Promise<number> {
  const clock = startProcessClock();
  try {
    const startedAtMs = clock.now();
    await operation();
    return clock.now() - startedAtMs;
  } finally {
    clock.stop();
  }
}
