import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

type Listener = (method: string, parameters: object) => void;

/** The DevTools protocol of a browser that was started with `--remote-debugging-pipe`. */
export interface BrowserConnection {
  /** Sends a command to the browser, or to the page of a session. Rejects with the browser's error. */
  send<T>(method: string, parameters?: object, sessionId?: string): Promise<T>;
  onEvent(sessionId: string, listener: Listener): void;
  nextEvent(sessionId: string, method: string): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: object;
  readonly sessionId?: string;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Messages are JSON texts that end with a zero byte. The child's third pipe takes commands, its fourth one gives answers and events. */
export function connectToBrowser(child: ChildProcess): BrowserConnection {
  const [commands, answers] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const pending = new Map<number, Pending>();
  const listeners = new Set<(message: Message) => void>();
  let lastId = 0;
  let rest = '';

  function receive(message: Message): void {
    if (message.id === undefined) {
      for (const listener of listeners) listener(message);
      return;
    }
    const command = pending.get(message.id);
    pending.delete(message.id);
    if (message.error) command?.reject(new Error(message.error.message));
    else command?.resolve(message.result);
  }

  function failAll(error: Error): void {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  }

  answers.setEncoding('utf8').on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\0');
    rest = texts.pop() ?? '';
    for (const text of texts) receive(JSON.parse(text) as Message);
  });
  for (const pipe of [commands, answers]) pipe.on('error', failAll);
  child.on('error', failAll).on('exit', () => failAll(new Error('The browser has ended.')));

  return {
    send: <T>(method: string, parameters = {}, sessionId?: string) =>
      new Promise<T>((resolve, reject) => {
        lastId += 1;
        pending.set(lastId, { resolve: result => resolve(result as T), reject });
        commands.write(`${JSON.stringify({ id: lastId, method, params: parameters, sessionId })}\0`);
      }),
    onEvent(sessionId, listener) {
      listeners.add(message => {
        if (message.sessionId === sessionId && message.method) listener(message.method, message.params ?? {});
      });
    },
    nextEvent: (sessionId, method) =>
      new Promise(resolve => {
        const listener = (message: Message) => {
          if (message.sessionId !== sessionId || message.method !== method) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      }),
  };
}
