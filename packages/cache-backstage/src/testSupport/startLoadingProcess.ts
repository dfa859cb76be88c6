import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { GetOrSetOptions } from '@greenroom/cache-core';

/** What a process has to load. */
interface LoadTask {
  readonly store: string;
  readonly key: string;
  /** Number of calls in each round. Rounds are repeated while a caller gets the value `expiring`. */
  readonly callers: number;
  readonly expiring?: string;
  /** Pause between the first two rounds, in ms. */
  readonly restMs?: number;
  readonly loadMs: number;
  readonly options: GetOrSetOptions;
}

/** A separate process with the built packages. It has a cache over each store, which other processes use too. */
export interface LoadingProcess {
  /** When its loads have begun, in ms since 1970. */
  readonly loadsAtMs: readonly number[];
  /** Resolves when its first load has begun. */
  readonly loading: Promise<void>;
  /** Runs a task. Resolves to the distinct values that the callers have got. */
  get(task: LoadTask): Promise<readonly string[]>;
  /** Kills the process at once. */
  kill(): Promise<void>;
}

type Answer = 'ready' | { readonly values: readonly string[] };
type Message = Answer | { readonly loadAtMs: number };

/** Starts a process. Resolves when it is connected to all stores. The caller has to kill it. */
export async function startLoadingProcess(configs: readonly object[]): Promise<LoadingProcess> {
  const child = fork(join(__dirname, 'loadingProcess.mjs'), [JSON.stringify(configs)], { execArgv: [] });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };

  const loadsAtMs: number[] = [];
  const answers = new EventEmitter();
  const loading = new Promise<void>(resolve => {
    // `once` would lose a message, as two can arrive in one turn of the event loop.
    child.on('message', (message: Message) => {
      if (typeof message !== 'object' || !('loadAtMs' in message)) return void answers.emit('answer', message);
      loadsAtMs.push(message.loadAtMs);
      resolve();
    });
  });
  const nextAnswer = async (): Promise<Answer> => {
    const [answer] = (await Promise.race([once(answers, 'answer'), ended.then(() => [])])) as [Answer?];
    if (answer === undefined) throw new Error('The process has ended');
    return answer;
  };
  await nextAnswer();
  return {
    loadsAtMs,
    loading,
    async get(task) {
      const answering = nextAnswer();
      child.send(task);
      const answer = await answering;
      return answer === 'ready' ? [] : answer.values;
    },
    kill,
  };
}
