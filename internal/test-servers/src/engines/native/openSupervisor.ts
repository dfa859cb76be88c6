import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A small process that runs servers for this process, and ends them when this process is gone. */
export interface Supervisor {
  /** Runs one of the actions in supervisor.mjs. Resolves to its result. */
  request(action: string, parameters: object): Promise<unknown>;
  /** Ends the supervisor, and the servers that it still runs. */
  end(): void;
}

interface Message {
  /** Absent in the answer to a request. */
  readonly isIdle?: true;
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

interface PendingRequest {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts a supervisor. It does not keep this process from exiting, except while a request is pending.
 *
 * @param onIdle - Called when it has had no server for a while.
 * @param onExit - Called when it has ended.
 */
export function openSupervisor(onIdle: () => void, onExit: () => void): Supervisor {
  const env = { ...process.env };
  // Loaders and debug ports of this process are not meant for the supervisor.
  delete env.NODE_OPTIONS;
  const child = fork(fileURLToPath(new URL('./supervisor.mjs', import.meta.url)), {
    // The supervisor has its own session: Ctrl-C in a terminal must not end the servers before their owner has finished with them.
    detached: true,
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pending = new Map<number, PendingRequest>();
  let lastId = 0;

  function keepAlive(): void {
    if (pending.size > 0) {
      child.ref();
      child.channel?.ref();
    } else {
      child.unref();
      child.channel?.unref();
    }
  }

  function failAll(error: Error): void {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    keepAlive();
  }

  child.on('message', message => {
    const { isIdle, id, value, error } = message as Message;
    if (isIdle) {
      if (pending.size === 0) onIdle();
      return;
    }
    const request = pending.get(id);
    pending.delete(id);
    keepAlive();
    if (error === undefined) request?.resolve(value);
    else request?.reject(new Error(error));
  });
  child.once('error', failAll);
  child.once('exit', () => {
    onExit();
    failAll(new Error('The supervisor of the test servers has ended'));
  });
  keepAlive();

  function request(action: string, parameters: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      keepAlive();
      child.send({ ...parameters, id, action }, error => {
        if (error && pending.delete(id)) {
          keepAlive();
          reject(error);
        }
      });
    });
  }

  return { request, end: () => child.disconnect() };
}
