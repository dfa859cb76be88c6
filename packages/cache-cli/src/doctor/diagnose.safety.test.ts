import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { redisDriver } from '@greenroom/cache-redis';
import { until } from '@greenroom/test-servers';
import { askDoctor, seriousOf } from '../testSupport/askDoctor';
import { createLab } from '../testSupport/createLab';
import { diagnose } from './diagnose';

const PASSWORD = 'seeded-pa55word';

const lab = createLab();
afterAll(() => lab.stop());

/** Starts a listener that records everything it receives, and forwards it to `target`, if there is one. */
async function startListener(target?: { readonly host: string; readonly port: number }) {
  const sockets = new Set<Socket>();
  let received = '';
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (data: Buffer) => (received += data.toString('latin1')));
    if (!target) return;
    const upstream = connect(target.port, target.host).on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
    socket.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lab.keep({
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
  return { port: (server.address() as AddressInfo).port, received: () => received, open: () => sockets.size };
}

it.each([
  ['TLS is configured and the server does not support it', 'rediss', () => lab.startRedis(), 'tls.not-spoken'],
  ['TLS is not configured and the server requires it', 'redis', () => lab.startRedis({ tls: true }), 'tls.required'],
  ['the certificate is not trusted', 'rediss', () => lab.startRedis({ tls: true }), 'tls.authority'],
])('the doctor sends no password when %s', async (_what, scheme, start, id) => {
  const { port, received } = await startListener(await start());
  const report = await askDoctor({ store: 'redis', connection: `${scheme}://:${PASSWORD}@127.0.0.1:${port}` });
  expect(seriousOf(report)).toMatchObject([{ id }]);
  expect(received()).not.toContain(PASSWORD);
  expect(received()).not.toContain('AUTH');
});

it('the doctor sends no password to a server that does not answer', async () => {
  const { port, received } = await startListener();
  const report = await askDoctor({ store: 'redis', connection: `redis://:${PASSWORD}@127.0.0.1:${port}` });
  expect(seriousOf(report)).toMatchObject([{ id: 'connect.silent' }]);
  expect(received()).toContain('PING');
  expect(received()).not.toContain(PASSWORD);
});

it('the doctor rejects and closes its connections when its signal aborts', async () => {
  const { port, open } = await startListener(await lab.startRedis());
  const stopping = new AbortController();
  const report = diagnose(
    { store: 'redis', connection: `redis://127.0.0.1:${port}` },
    {
      ...{ path: 'backend.cache', signal: stopping.signal },
      loadDriver: async () => redisDriver,
      progress: text => {
        if (text.startsWith('asking')) stopping.abort(new Error('stopped'));
      },
    },
  );
  await expect(report).rejects.toThrow('stopped');
  await until('all connections are closed', () => open() === 0, 2000);
});

it('the doctor closes its connections when it is done', async () => {
  const { port, open } = await startListener(await lab.startRedis());
  await askDoctor({ store: 'redis', connection: `redis://127.0.0.1:${port}` });
  await until('all connections are closed', () => open() === 0, 2000);
});
