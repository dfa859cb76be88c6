import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A test server on a free port. */
export interface TcpServer {
  readonly port: number;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
}

/** Listens, and passes each connection to `serve`. `create` may add TLS. */
export async function startTcpServer(
  serve: (socket: Socket) => void,
  {
    host = '127.0.0.1',
    create = createServer,
  }: { readonly host?: string; readonly create?: (onSocket: (socket: Socket) => void) => Server } = {},
): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const server = create(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    serve(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A proxy that records what clients send, and can hold it back. */
export interface Proxy extends TcpServer {
  readonly url: string;
  /** Everything that clients have sent, without pings. */
  allSent(): string;
  /** How much clients have sent. */
  sentBytes(): number;
  /** What clients have sent since the last call, without pings. */
  takeSent(): string;
  /** Holds back what clients send, until `release`. */
  hold(): void;
  release(): void;
  /** Cuts all connections. */
  cut(): void;
}

export async function startProxy(
  target: { readonly host: string; readonly port: number },
  options?: Parameters<typeof startTcpServer>[1],
): Promise<Proxy> {
  const sent: Buffer[] = [];
  const held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  let isHolding = false;

  const server = await startTcpServer(socket => {
    const upstream = connect(target.port, target.host);
    sockets.add(socket);
    socket.on('data', (chunk: Buffer) => {
      sent.push(chunk);
      if (isHolding) held.push(() => upstream.write(chunk));
      else upstream.write(chunk);
    });
    upstream.on('error', () => socket.destroy()).pipe(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      upstream.destroy();
    });
  }, options);

  const allSent = () =>
    Buffer.concat(sent)
      .toString()
      .replaceAll(/^version\r\n/gm, '');
  return {
    ...server,
    url: `${options?.host === '::1' ? '[::1]' : '127.0.0.1'}:${server.port}`,
    allSent,
    sentBytes: () => sent.reduce((sum, { length }) => sum + length, 0),
    takeSent: () => {
      const text = allSent();
      sent.length = 0;
      return text;
    },
    hold: () => {
      isHolding = true;
    },
    release: () => {
      isHolding = false;
      for (const pass of held.splice(0)) pass();
    },
    cut: () => sockets.forEach(socket => socket.destroy()),
  };
}
