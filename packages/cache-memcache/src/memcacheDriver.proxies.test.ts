import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { isUsed, openDriver } from './testSupport/openDriver';
import { startServer } from './testSupport/servers';
import { startTcpServer } from './testSupport/tcpServer';

/** A proxy in front of a real server, which passes on only `get`, `set` and `delete`. */
async function startNarrowProxy(refuse: (socket: Socket) => void) {
  const server = await startServer();
  let commands = '';
  const { port, close } = await startTcpServer(socket => {
    const upstream = connect(server.port, server.host);
    upstream.on('error', () => socket.destroy()).pipe(socket);
    socket.on('close', () => upstream.destroy());
    socket.on('data', (chunk: Buffer) => {
      commands += chunk.toString();
      if (/^(?:get|set|delete) /.test(chunk.toString())) upstream.write(chunk);
      else refuse(socket);
    });
  });
  cleanUp(close);
  return { url: `127.0.0.1:${port}`, count: (command: string) => commands.split(`${command}\r\n`).length - 1 };
}

describe('a proxy that does not know every command', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['close the connection', socket => socket.end()],
    ['reset the connection', socket => socket.resetAndDestroy()],
    ['reply ERROR', socket => socket.write('ERROR\r\n')],
    ['report that a server is down', socket => socket.write('SERVER_ERROR Host is down\r\n')],
  ])('is used and probed with a get when unknown commands make it %s', async (_what, refuse) => {
    const proxy = await startNarrowProxy(refuse);
    const { driver, states } = openDriver(proxy.url);
    expect(await isUsed(driver)).toBe(true);
    await until('it was probed twice more', () => proxy.count('get greenroom:ping') >= 4, 4000);
    expect(proxy.count('version')).toBe(1);
    expect(await isUsed(driver)).toBe(true);
    expect(states).toEqual(['connected']);
  });
});
