import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { sendCommands, startRedis } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { createApp } from '../testSupport/createApp';
import type { App } from '../testSupport/createApp';
import { startProgram } from '../testSupport/startProgram';

let app: App;
beforeAll(async () => {
  app = await createApp(['redis']);
});
afterAll(() => app.remove());

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(async () => void server.close());
  return (server.address() as AddressInfo).port;
}

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s stops the program while it waits for a silent server, with exit code %i', async (signal, exitCode) => {
  const silent = createServer(socket => void socket.on('error', () => {}));
  const connection = `redis://127.0.0.1:${await listen(silent)}`;
  await app.write('app-config.yaml', { backend: { cache: { store: 'redis', connection } } });
  const { child, ended } = startProgram(app, ['stats']);
  await once(silent, 'connection');
  child.kill(signal);
  expect(await ended).toMatchObject({ code: exitCode, stdout: '', stderr: 'Stopped.\n' });
});

it('SIGINT stops the program while it waits for a replica, with exit code 130', async () => {
  const silent = createHttpServer();
  const url = `http://127.0.0.1:${await listen(silent)}`;
  const { child, ended } = startProgram(app, ['clear', '--plugin=catalog', '--url', url]);
  await once(silent, 'request');
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130, stdout: '', stderr: 'Stopped.\n' });
  silent.closeAllConnections();
});

it('the program exits with 0 when the reader of its output closes the pipe, as head does', async () => {
  const server = await startRedis();
  cleanUp(() => server.stop());
  const keys = Array.from({ length: 2000 }, (_, index) => `catalog:${'k'.repeat(100)}${index}`);
  await sendCommands(server, [['MSET', ...keys.flatMap(key => [key, '1'])]]);
  await app.write('app-config.yaml', { backend: { cache: { store: 'redis', connection: server.url } } });
  const { child, ended } = startProgram(app, ['inspect', '--plugin=catalog', '--limit=2000']);
  child.stdout.once('data', () => (child.stdout as unknown as { destroy(): void }).destroy());
  const progress = expect.stringMatching(/^([\d,]+ entries found\n)*$/) as string;
  expect(await ended).toMatchObject({ code: 0, stderr: progress });
});
