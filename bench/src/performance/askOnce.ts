import { startWorker } from './worker';

/** Starts a process, asks it one question, and stops it. */
export async function askOnce<Answer>(script: string, args: readonly string[]): Promise<Answer> {
  const worker = startWorker<object, Answer>(script, args);
  try {
    return await worker.ask({});
  } finally {
    await worker.stop();
  }
}
