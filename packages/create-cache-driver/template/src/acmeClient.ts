import { once } from 'node:events';
import { connect } from 'node:net';

/** One connection to the server. A request is a line of JSON, `[id, operation, ...]`, and so is its answer, `[id, text, refusal]`. */
export interface AcmeClient {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  delete(key: string): Promise<void>;
  ping(): Promise<void>;
  close(): void;
}

/** The server has refused a request. */
export class AcmeError extends Error {
  /** Why, in one word, such as FULL. */
  readonly code: string;

  constructor(code: string) {
    super(`The server answers ${code}`);
    this.code = code;
  }
}

interface Request {
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A larger value, for example of another client, must not fill the memory of this process. */
const MAX_ANSWER_CHARACTERS = 64 * 1024 * 1024;

/** Connects. `onEnd` is called once, when the connection has ended. */
export async function connectAcme(url: URL, signal: AbortSignal, onEnd: (error: Error) => void): Promise<AcmeClient> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true, signal });
  const requests = new Map<number, Request>();
  let nextId = 0;
  let answer = '';
  let reason = new Error('The server has closed the connection');

  function request(...words: readonly unknown[]): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(reason);
      requests.set(nextId, { resolve, reject });
      socket.write(`${JSON.stringify([nextId++, ...words])}\n`);
    });
  }

  function receive(line: string): void {
    const [id, text, refusal] = JSON.parse(line) as [number, string | null, string?];
    const { resolve, reject } = requests.get(id) ?? {};
    requests.delete(id);
    if (refusal === undefined) resolve?.(text ?? undefined);
    else reject?.(new AcmeError(refusal));
  }

  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    const rest = lines.pop() ?? '';
    try {
      for (const line of lines) {
        receive(answer + line);
        answer = '';
      }
      answer += rest;
      if (answer.length > MAX_ANSWER_CHARACTERS) throw new Error('An answer without end');
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.on('error', error => (reason = error));
  socket.on('close', () => {
    for (const { reject } of requests.values()) reject(reason);
    requests.clear();
    onEnd(reason);
  });
  await once(socket, 'connect');

  return {
    get: key => request('get', key),
    set: async (key, value, ttlMs) => void (await request('set', key, value, ttlMs)),
    delete: async key => void (await request('delete', key)),
    ping: async () => void (await request('ping')),
    close: () => socket.destroy(),
  };
}
