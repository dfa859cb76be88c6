import type { Socket } from 'node:net';
import { codeOf } from './openSocket';
import { readReply } from './reply';
import type { Reply } from './reply';
import { closesWithin, toLocalName } from './watchIdle';
import type { WatchedLink } from './watchIdle';

/**
 * Why there is no answer: `closed` when the other end closed the connection, `silent` when nothing came in time, `garbage` when the server sent
 * something that is not a reply, and `unconnected` when there is no connection to ask on, so nothing was sent.
 */
export type Loss = 'closed' | 'silent' | 'garbage' | 'unconnected';

/** A reply, or how the connection was lost before the reply. `code` is the code of the socket's error. */
export type Answer = { readonly reply: Reply } | { readonly lost: Loss; readonly code?: string };

/** An open connection to Redis or Valkey. Commands can be pipelined. */
export interface RespLink extends WatchedLink {
  send(words: readonly string[], timeoutMs: number): Promise<Answer>;
  /** Number of commands that wait for a reply. */
  waiting(): number;
  isOpen(): boolean;
}

/** Speaks RESP 2 over a socket. */
export function createRespLink(socket: Socket): RespLink {
  const waiting: ((answer: Answer) => void)[] = [];
  let received: Buffer = Buffer.alloc(0);
  let ended: Answer | undefined;
  const end = (answer: Answer) => {
    ended ??= answer;
    socket.destroy();
    for (const settle of waiting.splice(0)) settle(ended);
  };
  const read = (data: Buffer) => {
    received = received.length === 0 ? data : Buffer.concat([received, data]);
    try {
      let start = 0;
      for (
        let next = readReply(received);
        next;
        next = start < received.length ? readReply(received, start) : undefined
      ) {
        waiting.shift()?.({ reply: next.reply });
        start = next.end;
      }
      received = received.subarray(start);
    } catch {
      end({ lost: 'garbage' });
    }
  };
  socket.on('data', read);
  socket.on('error', error => end({ lost: 'closed', code: codeOf(error) }));
  socket.on('close', () => end({ lost: 'closed' }));
  return {
    localName: toLocalName(socket),
    send: (words, timeoutMs) =>
      new Promise(resolve => {
        if (ended) return resolve(ended);
        // After a late reply, the replies that follow cannot be matched to their commands.
        const timer = setTimeout(() => end({ lost: 'silent' }), timeoutMs);
        waiting.push(answer => {
          clearTimeout(timer);
          resolve(answer);
        });
        socket.write(toRequest(words));
      }),
    waiting: () => waiting.length,
    isOpen: () => ended === undefined,
    closesWithin: async ms => ended !== undefined || closesWithin(socket, ms),
    close: () => end({ lost: 'closed' }),
  };
}

function toRequest(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
