import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a process is told about one of its caches. */
export interface ReaderTrial {
  readonly pluginId: string;
  /** `backend.cache`. */
  readonly config: object;
  /** Options of the near cache; absent for none. */
  readonly near?: { readonly maxStaleness: number };
  /** Each process writes a key of its own, and reads those of all. */
  readonly ownWrites: boolean;
  readonly ownTtlMs?: number;
  /** The fault of brokenCopies.mjs that a near cache of the test itself has, in place of the one under test. */
  readonly broken?: string;
}

/** What a process has seen of one cache. */
export interface ReaderReport {
  /** By key: when a read was asked for, when it was answered, with which version (0 for a miss), and in which form. */
  readonly reads: Readonly<Record<string, readonly number[]>>;
  /** Of its own key: version, 0 for a delete; when it was called; when it was settled; 1 when it was made. */
  readonly writes: readonly number[];
  /** Reads that rejected, and values of another key. */
  readonly wrong: number;
  /** Gets by their result. */
  readonly operations: Readonly<Record<string, number>>;
}

/** Processes that read from the same caches. */
export interface Readers {
  start(): void;
  /** Keeps the event loop of one of them from coming round. */
  block(processNumber: number, ms: number): void;
  /** By process, then by trial. Rejects when one has ended or had an uncaught error. */
  stop(): Promise<readonly (readonly ReaderReport[])[]>;
  kill(): Promise<void>;
}

interface StopMessage {
  readonly uncaught: number;
  readonly reports: readonly ReaderReport[];
}

/** @param processFile - calls `readAsTold` of readLoop.mjs. Resolves when all caches of all processes have been used. */
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
