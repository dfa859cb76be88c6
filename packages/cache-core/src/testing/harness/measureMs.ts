import { startProcessClock } from './startProcessClock';

/**
 * Resolves to the time in ms that an operation took to settle. Time in which this process waited for a processor is left out, so a promise
 * that holds on a quiet machine also holds by this measure on a busy one. Rejects as the operation does.
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
