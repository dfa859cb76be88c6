import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CacheDriver, CacheDriverDefinition } from '@greenroom/cache-core';

/** How to run the bare library. */
export interface RawOptions {
  /** `host:port[,host:port...]` */
  readonly servers: string;
  /** Options of the library. @defaultValue its own */
  readonly library?: object;
  /** The environment of its process. @defaultValue the environment of this process */
  readonly env?: NodeJS.ProcessEnv;
}

interface Message {
  readonly id: number;
  readonly error?: string;
  readonly result?: string;
}

/** npm memcached with nothing but its own methods, to compare the store with. */
export const rawDriver: CacheDriverDefinition<RawOptions> = {
  contractVersion: 1,
  store: 'raw',
  parseOptions: () => ({ servers: '' }),
  create: openRawDriver,
};

function openRawDriver({ servers, library = {}, env = process.env }: RawOptions): CacheDriver {
  const child = fork(join(__dirname, 'rawClientProcess.mjs'), [servers, JSON.stringify(library)], {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const pending = new Map<number, (message: Omit<Message, 'id'>) => void>();
  let output = '';
  child.stderr?.on('data', chunk => {
    output += chunk;
  });
  child.on('message', (message: Message) => pending.get(message.id)?.(message));
  const ended = once(child, 'close').then(() => {
    for (const settle of pending.values()) settle({ error: `The process has ended: ${output}` });
  });

  let lastId = 0;
  const call = (method: string, ...args: unknown[]) =>
    new Promise<string | undefined>((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, ({ error, result }) => {
        pending.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(error));
      });
      const fail = () => pending.get(id)?.({ error: `The process has ended: ${output}` });
      // The process may have ended although `connected` is still true.
      if (child.connected) child.send({ id, method, args }, error => error && void ended.then(fail));
      else fail();
    });

  return {
    get: key => call('get', key),
    set: async (key, value, ttlMs) => {
      await call('set', key, value, ttlMs === undefined ? 0 : ttlMs / 1000);
    },
    delete: async key => {
      await call('del', key);
    },
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
