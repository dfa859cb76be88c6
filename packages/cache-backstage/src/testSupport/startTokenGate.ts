import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestServer } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';

/** A proxy that checks logins, in front of a server without authentication. */
export interface TokenGate {
  readonly port: number;
  /** The logins of clients, including those that were refused. */
  readonly logins: readonly { readonly username: string; readonly token: string }[];
  /** Ends all connections, as a service does when their tokens have expired. */
  endConnections(): void;
}

/** Starts a gate that refuses each connection whose first command is not a login that `isValid` accepts. */
export async function startTokenGate(
  server: TestServer,
  isValid: (username: string, token: string) => boolean,
): Promise<TokenGate> {
  const logins: { username: string; token: string }[] = [];
  const sockets = new Set<Socket>();
  const gate = createServer(socket => {
    sockets.add(socket.on('error', () => socket.destroy()));
    socket.once('data', first => {
      // `AUTH user token` in RESP: the number of words, then each word after its length.
      const [, , command, , username = '', , token = ''] = String(first).split('\r\n');
      logins.push({ username, token });
      if (command !== 'AUTH' || !isValid(username, token)) {
        socket.end('-WRONGPASS invalid username-password pair or user is disabled.\r\n');
        return;
      }
      const upstream = connect(server.port, server.host).on('error', () => socket.destroy());
      upstream.write(first);
      socket.pipe(upstream).pipe(socket);
      socket.on('close', () => upstream.destroy());
    });
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const endConnections = () => sockets.forEach(socket => socket.destroy());
  cleanUp(async () => {
    endConnections();
    gate.close();
  });
  return { port: (gate.address() as AddressInfo).port, logins, endConnections };
}
