import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a process is told about one of its caches. */
export interface ReaderTrial {
  readonly pluginId: string;
  /** The value of `backend.cache`. */
  readonly config: object;
  /** Options of the near cache; absent for none. */
  readonly near?: { readonly maxStaleness: number };
  /** Whether each process writes a key of its own, and reads the keys of all processes. */
  readonly ownWrites: boolean;
  readonly ownTtlMs?: number;
  /** Name of a fault in brokenCopies.mjs: that near cache is used in place of the one under test. */
  readonly broken?: string;
}

/** What a process has seen of one cache. */
export interface ReaderReport {
  /** Four numbers for each read, by key: when it was called, when it was answered, its version (0 for a miss), and its form. */
  readonly reads: Readonly<Record<string, readonly number[]>>;
  /** Four numbers for each write of its own key: version (0 for a delete), when it was called, when it was settled, 1 if it was made. */
  readonly writes: readonly number[];
  /** Number of reads that rejected, and of values that belong to another key. */
  readonly wrong: number;
  /** Number of gets, by their result. */
  readonly operations: Readonly<Record<string, number>>;
}

/** Processes that read from the same caches. */
export interface Readers {
  start(): void;
  /** Blocks the event loop of one of the processes. */
  block(processNumber: number, ms: number): void;
  /** Resolves to the reports by process, then by trial. Rejects when a process has ended or had an uncaught error. */
  stop(): Promise<readonly (readonly ReaderReport[])[]>;
  kill(): Promise<void>;
}

interface StopMessage {
  readonly uncaught: number;
  readonly reports: readonly ReaderReport[];
}

/** Resolves when all processes have used all caches. @param processFile - A program that calls `readAsTold` of readLoop.mjs. */
export async function startReaders(
  processFile: string,
  processCount: number,
  trials: readonly ReaderTrial[],
): Promise<Readers> {
  const children = Array.from({ length: processCount }, (_, processNumber) =>
    fork(processFile, [JSON.stringify({ processNumber, processCount, trials })], {
      execArgv: [],
      serialization: 'advanced',
    }),
  );
  const kill = async () => {
    const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ends = running.map(child => once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ends);
  };
  try {
    await Promise.all(children.map(nextMessage));
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    start: () => children.forEach(child => child.send({ name: 'start' })),
    block: (processNumber, ms) => void children[processNumber]?.send({ name: 'block', ms }),
    stop: () =>
      Promise.all(
        children.map(async child => {
          const answer = nextMessage(child) as Promise<StopMessage>;
          child.send({ name: 'stop' });
          const { uncaught, reports } = await answer;
          if (uncaught > 0) throw new Error(`A process that reads had ${uncaught} uncaught errors`);
          return reports;
        }),
      ),
    kill,
  };
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const aborting = new AbortController();
  const { signal } = aborting;
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('A process that reads has ended');
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [unknown];
    return message;
  } finally {
    ended.catch(() => {});
    aborting.abort();
  }
}
