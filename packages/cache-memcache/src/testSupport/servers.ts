import { createServer as createTlsServer } from 'node:tls';
import { createCertificate, startMemcached, until, within } from '@greenroom/test-servers';
import type { MemcachedServerOptions, ServerAddress, TestServer } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { talkTo } from './talkTo';
import { startProxy, startTcpServer } from './tcpServer';
import type { Proxy } from './tcpServer';

/** A real memcached for one test. */
export async function startServer(options?: MemcachedServerOptions): Promise<TestServer> {
  const server = await startMemcached(options);
  cleanUp(() => server.stop());
  return server;
}

/** A proxy in front of a server, for one test. */
export async function startProxyOf(server: ServerAddress, options?: Parameters<typeof startProxy>[1]): Promise<Proxy> {
  const proxy = await startProxy(server, options);
  cleanUp(() => proxy.close());
  return proxy;
}

/** A memcached behind a TLS proxy, which shows what clients send in plain text. */
export async function startTlsProxy(): Promise<Proxy & { readonly ca: string }> {
  const { ca, certificate, key } = await createCertificate();
  const proxy = await startProxyOf(await startServer(), {
    create: onSocket => createTlsServer({ key, cert: certificate }, onSocket),
  });
  return { ...proxy, ca };
}

/** A server that answers each chunk by `answer`. Returns its address. */
export async function startFakeServer(answer: (command: string) => string | Buffer): Promise<string> {
  const server = await startTcpServer(socket =>
    socket.on('data', (chunk: Buffer) => socket.write(answer(chunk.toString()))),
  );
  cleanUp(() => server.close());
  return `127.0.0.1:${server.port}`;
}

/** Freezes a server, and waits until all its threads have stopped. */
export async function freeze(server: TestServer): Promise<void> {
  await server.freeze();
  const answers = async () =>
    within(100, talkTo(server, 'version\r\n')).then(
      () => true,
      () => false,
    );
  await until('the server is frozen', async () => !(await answers()), 1000);
}
