import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { listOf, readReply, textOf } from '../doctor/link/reply';

/** What a proxy does besides forwarding everything. */
export interface ProxyOptions {
  /** Uses TLS with clients. @defaultValue no TLS */
  readonly tls?: TlsOptions;
  /** Closes connections on which the client has sent nothing for this time. @defaultValue never */
  readonly idleMs?: number;
  /** Goes away, with all connections, when a client sends text that matches. @defaultValue never */
  readonly goesAwayAt?: RegExp;
  /** Replaces the server's reply to a RESP command; `end` closes the connection. @defaultValue all replies are the server's */
  readonly answer?: (words: readonly string[]) => string | undefined;
}

/** A listening proxy in front of a server. */
export interface Proxy {
  readonly port: number;
  /** Words of all received commands; only recorded if `answer` is given. */
  readonly commands: readonly (readonly string[])[];
  close(): Promise<void>;
}

/** Starts a proxy in front of a server. */
export async function startProxy(
  target: { readonly host: string; readonly port: number },
  { tls, idleMs, goesAwayAt, answer }: ProxyOptions = {},
): Promise<Proxy> {
  const commands: (readonly string[])[] = [];
  const sockets = new Set<Socket>();
  const accept = (client: Socket) => {
    const server = connect(target.port, target.host);
    const pair = [client, server] as const;
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => pair.forEach(each => each.destroy()));
    }
    if (idleMs !== undefined) client.setTimeout(idleMs, () => client.destroy());
    if (goesAwayAt) client.on('data', data => void (goesAwayAt.test(data.toString()) && close()));
    if (answer) relay(client, server, words => (commands.push(words), answer(words)));
    else client.pipe(server).pipe(client);
  };
  const close = () => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  };
  const listener = tls ? createTlsServer(tls, accept).on('tlsClientError', () => {}) : createServer(accept);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    commands,
    async close() {
      const closed = listener.listening ? once(listener, 'close') : undefined;
      close();
      await closed;
    },
  };
}

/** Forwards commands one by one, so that replies stay in order. */
function relay(client: Socket, server: Socket, answer: (words: readonly string[]) => string | undefined): void {
  let requests: Buffer = Buffer.alloc(0);
  let replies: Buffer = Buffer.alloc(0);
  let isWaiting = false;
  const next = () => {
    while (!isWaiting) {
      const command = readReply(requests);
      if (!command) return;
      const bytes = requests.subarray(0, command.end);
      requests = requests.subarray(command.end);
      const reply = answer(listOf(command.reply).map(textOf));
      if (reply === 'end') return void client.destroy();
      if (reply !== undefined) client.write(reply);
      else {
        isWaiting = true;
        server.write(bytes);
      }
    }
  };
  client.on('data', (data: Buffer) => {
    requests = Buffer.concat([requests, data]);
    next();
  });
  server.on('data', (data: Buffer) => {
    replies = Buffer.concat([replies, data]);
    const reply = isWaiting ? readReply(replies) : undefined;
    if (!reply) return;
    client.write(replies.subarray(0, reply.end));
    replies = replies.subarray(reply.end);
    isWaiting = false;
    next();
  });
}
