import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that answers questions one after the other. */
export interface Worker<Question, Answer> {
  /** Rejects when the process could not answer, or has ended. */
  ask(question: Question): Promise<Answer>;
  /** Resolves once the process has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a script in this folder that calls {@link answerQuestions}.
 *
 * @param args - The script reads them from `process.argv.slice(2)`.
 */
export function startWorker<Question extends object, Answer>(
  script: string,
  args: readonly string[],
): Worker<Question, Answer> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ['--import', 'tsx', '--expose-gc', '--max-old-space-size=6144'],
    // Output of a measured package is not part of the result.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  return {
    async ask(question) {
      const answered = new Promise<{ answer: Answer } | { error: string }>(resolve => {
        child.once('message', message => resolve(message as { answer: Answer } | { error: string }));
      });
      child.send(question);
      const reply = await Promise.race([answered, exited.then(([code]) => ({ error: `ended with ${code}` }))]);
      if ('error' in reply) throw new Error(`${script} ${args.join(' ')}: ${reply.error}`);
      return reply.answer;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}

/** The other side of {@link startWorker}, in the script. */
export function answerQuestions<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.on('message', question => {
    void answer(question as Question)
      .then(
        value => ({ answer: value }),
        (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      )
      .then(reply => process.send?.(reply));
  });
}
