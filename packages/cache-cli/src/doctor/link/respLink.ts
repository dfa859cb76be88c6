import type { Socket } from 'node:net';
import { codeOf } from './openSocket';
import { readReply } from './reply';
import type { Reply } from './reply';
import { closesWithin, toLocalName } from './watchIdle';
import type { WatchedLink } from './watchIdle';

/** How a connection ended: `garbage` when what came was no reply. */
export type Loss = 'closed' | 'silent' | 'garbage';

/** A reply, or how the connection was lost that should have brought it. `code` is that of the socket's error. */
export type Answer = { readonly reply: Reply } | { readonly lost: Loss; readonly code?: string };

/** An open connection to Redis or Valkey. Commands may be sent before earlier ones are answered. */
export interface RespLink extends WatchedLink {
  send(words: readonly string[], timeoutMs: number): Promise<Answer>;
  /** How many commands wait for a reply. */
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
        // Once a reply is late, those after it cannot be told apart.
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
