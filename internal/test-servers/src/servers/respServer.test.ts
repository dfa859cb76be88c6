import { sendCommands } from '../protocol/sendCommands';
import { startRedis, startValkey } from './respServer';

const credentials = { username: 'some-user', password: 'p@ss:w/rd "x' };

describe.each([
  { kind: 'redis', start: startRedis },
  { kind: 'valkey', start: startValkey },
])('a $kind server', ({ kind, start }) => {
  it('is of the requested kind', async () => {
    const server = await start();
    const [information] = await sendCommands(server, [['INFO', 'server']]);
    expect(/^server_name:valkey/m.test(String(information))).toBe(kind === 'valkey');
    await server.stop();
  });

  it('keeps its port and loses its data when it is killed and started again', async () => {
    const server = await start();
    await sendCommands(server, [['SET', 'key', 'value']]);
    await server.kill();
    await expect(sendCommands(server, [['PING']])).rejects.toThrow('ECONNREFUSED');
    await server.start();
    expect(await sendCommands(server, [['PING'], ['GET', 'key']])).toEqual(['PONG', undefined]);
    await server.stop();
  });

  it('sends no reply while frozen, and keeps its data', async () => {
    const server = await start();
    await sendCommands(server, [['SET', 'key', 'value']]);
    await server.freeze();
    await expect(sendCommands(server, [['PING']], 200)).rejects.toThrow('No reply');
    await server.thaw();
    expect(await sendCommands(server, [['GET', 'key']])).toEqual(['value']);
    await server.stop();
  });

  it('can be killed and started while frozen', async () => {
    const server = await start();
    await server.freeze();
    await server.kill();
    await server.start();
    expect(await sendCommands(server, [['PING']])).toEqual(['PONG']);
    await server.stop();
  });

  it('ignores repeated start, thaw, kill and stop, and rejects a freeze while down', async () => {
    const server = await start();
    await server.start();
    await server.thaw();
    await server.kill();
    await server.kill();
    await server.thaw();
    await expect(server.freeze()).rejects.toThrow('is down and cannot be frozen');
    await server.stop();
    await server.stop();
  });

  it('cannot be started again after stop', async () => {
    const server = await start();
    await server.freeze();
    await server.stop();
    await expect(sendCommands(server, [['PING']])).rejects.toThrow('ECONNREFUSED');
    await expect(server.start()).rejects.toThrow('was stopped for good');
  });

  it('accepts additional arguments', async () => {
    const server = await start({ args: ['--maxmemory', '4mb'] });
    expect(await sendCommands(server, [['CONFIG', 'GET', 'maxmemory']])).toEqual([
      ['maxmemory', String(4 * 1024 * 1024)],
    ]);
    await server.stop();
  });

  it('rejects with its output and exit code when it cannot start', async () => {
    await expect(start({ args: ['--maxmemory', 'plenty'] })).rejects.toThrow(
      /argument must be a memory value.*exit code 1/s,
    );
  });

  it('requires a password when one is given', async () => {
    const server = await start({ credentials: { password: 'secret' } });
    expect(server.url).toBe(`redis://:secret@${server.host}:${server.port}`);
    expect(await sendCommands(server, [['PING']])).toEqual(['PONG']);
    await expect(sendCommands({ host: server.host, port: server.port }, [['PING']])).rejects.toThrow('NOAUTH');
    await server.stop();
  });

  it('accepts only its user, over TLS with a certificate of its own authority', async () => {
    const server = await start({ tls: true, credentials });
    const { ca = '', host, port } = server;
    expect(server.url).toBe(`rediss://some-user:p%40ss%3Aw%2Frd%20%22x@${host}:${port}`);
    expect(await sendCommands(server, [['ACL', 'WHOAMI']])).toEqual(['some-user']);
    await expect(sendCommands({ host, port, ca }, [['PING']])).rejects.toThrow('NOAUTH');
    const stranger = await start({ tls: true });
    await expect(sendCommands({ ...server, ca: stranger.ca ?? '' }, [['PING']])).rejects.toThrow('certificate');
    await expect(sendCommands({ host, port }, [['PING']], 500)).rejects.toThrow();
    await Promise.all([server.stop(), stranger.stop()]);
  });
});
