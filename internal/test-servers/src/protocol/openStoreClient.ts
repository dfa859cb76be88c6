import { once } from 'node:events';
import { connect } from 'node:net';
import { parseReply } from './parseReply';
import type { ServerAddress } from './serverAddress';

/** A connection of another client than the one under test. It sends one request at a time, and waits without a timeout. */
export interface StoreClient {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string, ttlMs?: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Removes all entries. */
  flush(): Promise<void>;
  /** Sets so many keys of its own that a server with room for 2 MB has to evict others, even small ones. */
  fill(): Promise<void>;
  close(): void;
}

/** The protocol that a server speaks. */
export type StoreProtocol = 'resp' | 'memcached';

/** Parses the next reply: a result, or an error, and its length in bytes; `undefined` while the reply is incomplete. */
type Parse<Result> = (received: Buffer) => { result: Result; byteLength: number; error?: string } | undefined;

/** Opens a connection. Resolves when it is connected. Its methods reject when the connection is lost. */
export async function openStoreClient(protocol: StoreProtocol, { host, port }: ServerAddress): Promise<StoreClient> {
  const socket = connect(port, host).setNoDelay(true);
  let received = Buffer.alloc(0);
  let waiting: { readonly answer: () => boolean; readonly reject: (error: Error) => void } | undefined;
  let lost: Error | undefined;
  socket
    .on('data', bytes => {
      received = Buffer.concat([received, bytes]);
      if (waiting?.answer()) waiting = undefined;
    })
    .on('error', () => {})
    .on('close', () => {
      lost = new Error(`The connection to ${host}:${port} was lost`);
      waiting?.reject(lost);
    });
  await once(socket, 'connect');

  function request<Result>(text: string, parse: Parse<Result>, replies = 1): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (lost) return reject(lost);
      let left = replies;
      const answer = () => {
        for (let parsed = parse(received); parsed; parsed = parse(received)) {
          const { result, byteLength, error } = parsed;
          received = received.subarray(byteLength);
          if (error !== undefined) reject(new Error(error));
          else resolve(result);
          if (--left === 0) return true;
        }
        return false;
      };
      waiting = { answer, reject };
      socket.write(text);
    });
  }

  const close = () => socket.destroy();
  return protocol === 'resp' ? { ...toRespMethods(request), close } : { ...toMemcachedMethods(request), close };
}

type Request = <Result>(text: string, parse: Parse<Result>, replies?: number) => Promise<Result>;
type Methods = Omit<StoreClient, 'close'>;

function toRespMethods(request: Request): Methods {
  const reply: Parse<string | undefined> = received => {
    const parsed = parseReply(received);
    return parsed && { ...parsed, result: parsed.reply === undefined ? undefined : String(parsed.reply) };
  };
  const toText = (command: readonly string[]) =>
    `*${command.length}\r\n${command.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
  return {
    get: key => request(toText(['GET', key]), reply),
    async set(key, text, ttlMs) {
      await request(toText(['SET', key, text, ...(ttlMs === undefined ? [] : ['PX', String(ttlMs)])]), reply);
    },
    async delete(key) {
      await request(toText(['DEL', key]), reply);
    },
    async flush() {
      await request(toText(['FLUSHALL']), reply);
    },
    async fill() {
      const keys = 200;
      const text = 'x'.repeat(16 * 1024);
      const sets = Array.from({ length: keys }, (_, index) => toText(['SET', `fill-${index}`, text]));
      await request(sets.join(''), reply, keys);
    },
  };
}

function toMemcachedMethods(request: Request): Methods {
  const line: Parse<void> = received => {
    const end = received.indexOf('\r\n');
    if (end < 0) return undefined;
    const text = received.toString('latin1', 0, end);
    const isFine = /^(STORED|DELETED|NOT_FOUND|OK)$/.test(text);
    return { result: undefined, byteLength: end + 2, ...(!isFine && { error: text }) };
  };
  const value: Parse<string | undefined> = received => {
    const text = received.toString('latin1');
    if (text.startsWith('END\r\n')) return { result: undefined, byteLength: 5 };
    const [head, length] = /^VALUE \S+ \d+ (\d+)\r\n/.exec(text) ?? [];
    if (head === undefined) {
      const end = text.indexOf('\r\n');
      return end < 0 ? undefined : { result: undefined, byteLength: end + 2, error: text.slice(0, end) };
    }
    const end = head.length + Number(length);
    if (!text.startsWith('\r\nEND\r\n', end)) return undefined;
    return { result: received.toString('utf8', head.length, end), byteLength: end + 7 };
  };
  const toSet = (key: string, text: string, seconds: number) =>
    `set ${key} 0 ${seconds} ${Buffer.byteLength(text)}\r\n${text}\r\n`;
  return {
    get: key => request(`get ${key}\r\n`, value),
    // Memcached counts whole seconds, so the ttl is rounded up: the entry must not expire too early.
    set: (key, text, ttlMs = 0) => request(toSet(key, text, ttlMs && Math.ceil(ttlMs / 1000) + 1), line),
    delete: key => request(`delete ${key}\r\n`, line),
    flush: () => request('flush_all\r\n', line),
    fill: () => {
      // Memcached evicts only among entries of about the same size.
      const keys = 20_000;
      const text = 'x'.repeat(70);
      const sets = Array.from({ length: keys }, (_, index) => toSet(`fill-${index}`, text, 0));
      return request(sets.join(''), line, keys);
    },
  };
}
