import { startWorker } from './worker';

/** Asks a process of its own one question. */
export async function askOnce<Answer>(script: string, args: readonly string[]): Promise<Answer> {
  const worker = startWorker<object, Answer>(script, args);
  try {
    return await worker.ask({});
  } finally {
    await worker.stop();
  }
}
