import type { Socket } from 'node:net';
import { codeOf } from './openSocket';
import type { Loss } from './respLink';
import { closesWithin, toLocalName } from './watchIdle';
import type { WatchedLink } from './watchIdle';

/** Lines and text of a reply of memcached, or how the connection was lost. `isCut` when reading stopped at `maxLines`. */
export type TextAnswer =
  | { readonly lines: readonly string[]; readonly text: string; readonly isCut: boolean }
  | { readonly lost: Loss; readonly code?: string };

/** An open connection to memcached. One command at a time. */
export interface TextLink extends WatchedLink {
  /** Sends a command and reads until the last line of its reply, or until there are `maxLines`. */
  send(command: string, timeoutMs: number, maxLines?: number): Promise<TextAnswer>;
}

/** The first line of a reply; empty when there was none. */
export function lineOf(answer: TextAnswer): string {
  return 'lines' in answer ? (answer.lines[0] ?? '') : '';
}

/** The last line of a reply; `-` begins an error of Redis. */
const LAST =
  /^(?:END|STORED|NOT_STORED|DELETED|NOT_FOUND|OK|EN|EX|VERSION .*|ERROR.*|CLIENT_ERROR.*|SERVER_ERROR.*|BUSY.*|-.*)$/;
/** The last line of a reply to `get`, whose values can contain lines of any kind. */
const LAST_OF_GET = /^(?:END|ERROR|CLIENT_ERROR .*|SERVER_ERROR .*|-.*)$/;
const MAX_BYTES = 2 * 1024 * 1024;

/** Speaks the text protocol over a socket. */
export function createTextLink(socket: Socket): TextLink {
  let received = '';
  let lost: { readonly lost: Loss; readonly code?: string } | undefined;
  let look = () => {};
  const end = (loss: { readonly lost: Loss; readonly code?: string }) => {
    lost ??= loss;
    socket.destroy();
    look();
  };
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    if (received.length > MAX_BYTES) end({ lost: 'garbage' });
    else look();
  });
  socket.on('error', error => end({ lost: 'closed', code: codeOf(error) }));
  socket.on('close', () => end({ lost: 'closed' }));
  return {
    localName: toLocalName(socket),
    send: (command, timeoutMs, maxLines = 10_000) =>
      new Promise(resolve => {
        const timer = setTimeout(() => end({ lost: 'silent' }), timeoutMs);
        const last = command.startsWith('get ') ? LAST_OF_GET : LAST;
        const settle = (answer: TextAnswer) => {
          clearTimeout(timer);
          look = () => {};
          received = '';
          resolve(answer);
        };
        look = () => {
          // The crawler ends its lines with \n only.
          const lines = received.split(/\r?\n/).slice(0, -1);
          const end = lines.findIndex(line => last.test(line));
          if (end >= 0) settle({ lines: lines.slice(0, end + 1), text: received, isCut: false });
          else if (lines.length >= maxLines) settle({ lines, text: received, isCut: true });
          else if (lost) settle(lost);
        };
        if (lost) return look();
        socket.write(`${command}\r\n`);
      }),
    closesWithin: async ms => lost !== undefined || closesWithin(socket, ms),
    close: () => end({ lost: 'closed' }),
  };
}
