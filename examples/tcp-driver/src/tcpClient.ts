import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * One connection to the server. Requests are `get <key>`, `set <key> <ttl in ms, or -> <bytes>` with the text in the next line,
 * `delete <key>`, `ping` and `login <user> <password>`. Answers come in the order of the requests: `value <bytes>` with the text in
 * the next line, `none`, `done`, or `refused <word>`.
 */
export interface TcpClient {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  delete(key: string): Promise<void>;
  ping(): Promise<void>;
  close(): void;
}

/** The server has refused a request. */
export class TcpError extends Error {
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

/** Connects, and logs in where the URL has a user. `onEnd` is called once, when the connection has ended. */
export async function connectTcp(url: URL, signal: AbortSignal, onEnd: (error: Error) => void): Promise<TcpClient> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true, signal });
  const requests = new Map<number, Request>();
  const readAnswers = createAnswerReader();
  let nextRequest = 0;
  let nextAnswer = 0;
  let reason = new Error('The server has closed the connection');

  function request(text: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(reason);
      requests.set(nextRequest++, { resolve, reject });
      socket.write(`${text}\n`);
    });
  }

  function settle({ text, refusal }: Answer): void {
    const { resolve, reject } = requests.get(nextAnswer) ?? fail('an answer to nothing');
    requests.delete(nextAnswer++);
    if (refusal === undefined) resolve(text);
    else reject(new TcpError(refusal));
  }

  socket.on('data', chunk => {
    try {
      for (const answer of readAnswers(chunk)) settle(answer);
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
  if (url.username !== '') await request(`login ${url.username} ${url.password}`);

  return {
    get: key => request(`get ${key}`),
    set: async (key, value, ttlMs) =>
      void (await request(`set ${key} ${ttlMs ?? '-'} ${Buffer.byteLength(value)}\n${value}`)),
    delete: async key => void (await request(`delete ${key}`)),
    ping: async () => void (await request('ping')),
    close: () => socket.destroy(),
  };
}

interface Answer {
  readonly text?: string;
  readonly refusal?: string;
}

/** A larger value, for example of another client, must not fill the memory of this process. */
const MAX_VALUE_BYTES = 64 * 1024 * 1024;
const MAX_LINE_BYTES = 100;

/** Returns what reads the bytes of a connection. It throws at anything but an answer. */
function createAnswerReader(): (chunk: Buffer) => Iterable<Answer> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let neededBytes = 1;

  return function* (chunk) {
    chunks.push(chunk);
    bytes += chunk.length;
    // A large value comes in many chunks, which are put together once.
    if (bytes < neededBytes) return;
    let unread = Buffer.concat(chunks);
    for (;;) {
      const answer = readAnswer(unread);
      if (typeof answer === 'number') {
        neededBytes = answer;
        break;
      }
      unread = unread.subarray(answer.bytes);
      yield answer;
    }
    chunks = [unread];
    bytes = unread.length;
  };
}

/** The first answer, and how many bytes it takes; or how many are needed to go on. */
function readAnswer(unread: Buffer): (Answer & { readonly bytes: number }) | number {
  const end = unread.indexOf('\n');
  if (end < 0 && unread.length <= MAX_LINE_BYTES) return unread.length + 1;
  const line = unread.toString('latin1', 0, Math.max(end, 0));
  const [, value, refusal] = /^(?:value (\d{1,9})|refused (\w+)|none|done)$/.exec(line) ?? fail('no answer');
  if (refusal !== undefined) return { refusal, bytes: end + 1 };
  if (value === undefined) return { bytes: end + 1 };
  const valueEnd = end + 1 + Number(value);
  if (Number(value) > MAX_VALUE_BYTES) fail('a value that is too large');
  if (unread.length <= valueEnd) return valueEnd + 1;
  if (unread[valueEnd] !== 0x0a) fail('a value of another length');
  return { text: unread.toString('utf8', end + 1, valueEnd), bytes: valueEnd + 1 };
}

function fail(what: string): never {
  throw new Error(`The server has sent ${what}`);
}
