import { connect } from 'node:net';
import { readMemcachedProcessId } from '../protocol/readMemcachedProcessId';
import type { ServerAddress } from '../protocol/serverAddress';
import { startMemcached } from './startMemcached';

function exchange({ host, port }: ServerAddress, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('error', reject);
    socket.once('data', data => {
      socket.destroy();
      resolve(String(data));
    });
    socket.write(request);
  });
}

describe('a memcached server', () => {
  it('keeps its port and loses its data when it is killed and started again', async () => {
    const server = await startMemcached();
    expect(await exchange(server, 'set key 0 0 5\r\nvalue\r\n')).toBe('STORED\r\n');
    expect(await exchange(server, 'get key\r\n')).toBe('VALUE key 0 5\r\nvalue\r\nEND\r\n');
    await server.kill();
    await expect(exchange(server, 'get key\r\n')).rejects.toThrow('ECONNREFUSED');
    await server.start();
    expect(await exchange(server, 'get key\r\n')).toBe('END\r\n');
    await server.stop();
  });

  it('sends no reply while frozen, and answers waiting requests after thaw', async () => {
    const server = await startMemcached();
    await server.freeze();
    const reply = exchange(server, 'get key\r\n');
    await expect(readMemcachedProcessId(server, 200)).rejects.toThrow('No reply');
    await server.thaw();
    expect(await reply).toBe('END\r\n');
    await server.stop();
  });

  it('accepts additional arguments', async () => {
    const server = await startMemcached({ args: ['-I', '2m'] });
    expect(await exchange(server, 'stats settings\r\n')).toContain(`STAT item_size_max ${2 * 1024 * 1024}\r\n`);
    await server.stop();
  });

  it('requires a login with the text protocol when credentials are given', async () => {
    const server = await startMemcached({ credentials: { username: 'some-user', password: 'secret' } });
    expect(server.url).toBe(`some-user:secret@${server.host}:${server.port}`);
    expect(await exchange(server, 'get key\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n');
    expect(await exchange(server, 'set auth 0 0 16\r\nsome-user secret\r\n')).toBe('STORED\r\n');
    await server.stop();
  });

  it('rejects with its output and exit code when it cannot start', async () => {
    await expect(startMemcached({ args: ['-t', 'many'] })).rejects.toThrow(/threads.*exit code/s);
  });
});
