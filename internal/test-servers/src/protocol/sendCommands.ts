import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parseReply, type Reply } from './parseReply';
import type { ServerAddress } from './serverAddress';

/** Timeout of `sendCommands` by default. */
const defaultTimeoutMs = 2_000;

/**
 * Sends commands to a redis or valkey server, on a connection of its own. Logs in if the address has credentials.
 *
 * Rejects with the text of the first error reply, when the server closes the connection, and after `timeoutMs`.
 */
export async function sendCommands(
  address: ServerAddress,
  commands: readonly (readonly string[])[],
  timeoutMs = defaultTimeoutMs,
): Promise<readonly Reply[]> {
  const login = toLogin(address);
  const replies = await exchange(address, [...login, ...commands], timeoutMs);
  return replies.slice(login.length);
}

function toLogin({ credentials }: ServerAddress): readonly (readonly string[])[] {
  if (!credentials) return [];
  return [['AUTH', ...(credentials.username === undefined ? [] : [credentials.username]), credentials.password]];
}

function exchange(
  address: ServerAddress,
  commands: readonly (readonly string[])[],
  timeoutMs: number,
): Promise<readonly Reply[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    const replies: Reply[] = [];
    let received = Buffer.alloc(0);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      finish();
    };
    const fail = (error: Error) => settle(() => reject(error));
    const timer = setTimeout(
      () => fail(new Error(`No reply from ${address.host}:${address.port} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.once('error', fail);
    socket.once('close', () => fail(new Error(`${address.host}:${address.port} closed the connection`)));
    socket.on('data', data => {
      received = Buffer.concat([received, data]);
      let start = 0;
      for (let parsed = parseReply(received); parsed; parsed = parseReply(received, start)) {
        if (parsed.error !== undefined) return fail(new Error(parsed.error));
        replies.push(parsed.reply);
        start += parsed.byteLength;
      }
      received = received.subarray(start);
      if (replies.length >= commands.length) settle(() => resolve(replies));
    });
    socket.write(commands.map(toRequest).join(''));
  });
}

function connect({ host, port, ca }: ServerAddress): Socket {
  return ca === undefined ? connectTcp(port, host) : connectTls({ host, port, ca });
}

function toRequest(command: readonly string[]): string {
  const words = command.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${command.length}\r\n${words.join('')}`;
}
