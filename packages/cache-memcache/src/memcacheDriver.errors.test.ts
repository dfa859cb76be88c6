import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { CacheError } from '@greenroom/cache-core';
import { errorOf, within } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { openDriver } from './testSupport/openDriver';
import { startFakeServer, startServer } from './testSupport/servers';
import { startTcpServer } from './testSupport/tcpServer';

/**
 * Returns the first connection error whose message has these words. What a server says before it closes the connection is lost if the
 * client has not sent its first command by then; a later attempt receives it.
 */
async function toldReason(events: EventEmitter, words: RegExp): Promise<CacheError> {
  for (let attempt = 1; ; attempt++) {
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    if (words.test(error.message)) return error;
    expect(error.message).toMatch(attempt < 4 ? /closed the connection before it could be used/ : words);
  }
}

describe('a server that is faulty or not memcached', () => {
  it('makes all operations fail within 1 s and is reconnected when it sends random bytes', async () => {
    const randomBytes = () => Buffer.from(Array.from({ length: 1 + Math.random() * 3000 }, () => Math.random() * 256));
    const url = await startFakeServer(command => (command.startsWith('version') ? 'VERSION 1\r\n' : randomBytes()));
    const { driver, events } = openDriver(url, { commandTimeout: 100 });
    for (let round = 0; round < 20; round++) {
      await once(events, 'connected');
      const lost = once(events, 'disconnected');
      const operations = [driver.get('key'), driver.set('key', 'text'), driver.delete('key')];
      const errors = await within(1000, Promise.all(operations.map(errorOf)));
      expect(errors).not.toContain(undefined);
      await lost;
    }
  });

  it.each([
    ['the value of another key', 'VALUE other 0 1\r\nx\r\nEND\r\n', 'CACHE_REFUSED'],
    ['the reply to another command', 'STORED\r\n', 'CACHE_REFUSED'],
    ['an unknown word', 'HELLO\r\n', 'CACHE_REFUSED'],
    ['ERROR', 'ERROR\r\n', 'CACHE_REFUSED'],
    ['CLIENT_ERROR', 'CLIENT_ERROR line too long\r\n', 'CACHE_REFUSED'],
    ['a value that is longer than its length', 'VALUE key 0 1\r\nxyz\r\nEND\r\n', 'CACHE_UNAVAILABLE'],
    ['an impossible length', 'VALUE key 0 99999999999999999999\r\n', 'CACHE_UNAVAILABLE'],
  ])('is reconnected when it replies with %s', async (_what, reply, code) => {
    const url = await startFakeServer(command => (command.startsWith('get') ? reply : 'VERSION 1\r\n'));
    const { driver, events } = openDriver(url);
    await once(events, 'connected');
    const again = once(events, 'connected');
    expect(await errorOf(driver.get('key'))).toMatchObject({ code });
    await again;
  });

  it('gives no caller the value of another key, and is reconnected, when it omits a reply', async () => {
    const url = await startFakeServer(commands =>
      commands.startsWith('get') ? 'VALUE second 0 1\r\nx\r\nEND\r\n' : 'VERSION 1\r\n',
    );
    const { driver, events } = openDriver(url);
    await once(events, 'connected');
    const again = once(events, 'connected');
    const errors = await Promise.all([driver.get('first'), driver.get('second')].map(errorOf));
    expect(errors.map(error => error?.code)).toEqual(['CACHE_REFUSED', 'CACHE_REFUSED']);
    await again;
  });

  it('is reconnected at the next ping when it omits the last reply', async () => {
    const url = await startFakeServer(command => (command.startsWith('get') ? '' : 'VERSION 1\r\n'));
    const { driver, events } = openDriver(url, { commandTimeout: 10_000 });
    await once(events, 'connected');
    const again = once(events, 'connected');
    expect(await within(2000, errorOf(driver.get('key')))).toMatchObject({ code: 'CACHE_REFUSED' });
    await again;
  });

  it('is disconnected with CACHE_REFUSED when it answers a ping with the wrong reply', async () => {
    let pings = 0;
    const url = await startFakeServer(() => (pings++ < 2 ? 'VERSION 1\r\n' : 'STORED\r\n'));
    const { events, states } = openDriver(url);
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error.code).toBe('CACHE_REFUSED');
    expect(states).toEqual(['connected', 'CACHE_REFUSED']);
  });

  it('is disconnected when it sends a reply without a command', async () => {
    const url = await startFakeServer(command => (command.startsWith('get') ? 'END\r\nEND\r\n' : 'VERSION 1\r\n'));
    const { driver, events } = openDriver(url);
    const lost = once(events, 'disconnected');
    await driver.get('key');
    await lost;
  });

  it('keeps its connection when it refuses a single command', async () => {
    const url = await startFakeServer(command =>
      command.startsWith('set') ? 'SERVER_ERROR out of memory storing object\r\n' : 'VERSION 1\r\n',
    );
    const { driver, states } = openDriver(url);
    expect(await errorOf(driver.set('key', 'text'))).toMatchObject({ code: 'CACHE_FULL' });
    await errorOf(driver.set('key', 'text'));
    expect(states).toEqual(['connected']);
  });

  it.each([
    ['set', 'SERVER_ERROR out of memory storing object', 'CACHE_FULL', "has refused 'set': it is out of memory"],
    ['set', 'SERVER_ERROR object too large for cache', 'CACHE_TOO_LARGE', "has refused 'set': the value is larger"],
    ['get', 'SERVER_ERROR out of memory writing get response', 'CACHE_FULL', "has refused 'get': it is out of memory"],
    ['get', 'SERVER_ERROR Connection refused', 'CACHE_UNAVAILABLE', "has refused 'get': it is a proxy"],
    ['add', 'SERVER_ERROR out of memory storing object', 'CACHE_FULL', "has refused 'add': it is out of memory"],
    ['add', 'EXISTS', 'CACHE_REFUSED', "sent an unexpected reply to 'add' (EXISTS)"],
    ['delete', 'SERVER_ERROR temporary failure', 'CACHE_REFUSED', "has refused 'delete' (SERVER_ERROR)"],
    ['delete', 'ERROR', 'CACHE_REFUSED', "sent an unexpected reply to 'delete' (ERROR)"],
    ['set', 'CLIENT_ERROR bad data chunk', 'CACHE_REFUSED', "reply to 'set' (CLIENT_ERROR)"],
    ['get', 'CLIENT_ERROR unauthenticated', 'CACHE_AUTH', "wants a login for 'get'"],
    ['get', 'X'.repeat(2000), 'CACHE_REFUSED', "reply to 'get' (no word of the protocol)"],
    ['get', 'SERVER_ERROR \x1b[31mhunter2\u2028', 'CACHE_REFUSED', "has refused 'get' (SERVER_ERROR)"],
  ] as const)(
    'is named in the error, with the command, when it answers %s with %j',
    async (command, line, code, words) => {
      const address = await startFakeServer(sent => (sent.startsWith(command) ? `${line}\r\n` : 'VERSION 1\r\n'));
      const { driver } = openDriver(address);
      const error = await errorOf(
        {
          get: () => driver.get('key'),
          set: () => driver.set('key', 'text'),
          add: async () => driver.add?.('key', 'text', 1000),
          delete: () => driver.delete('key'),
        }[command](),
      );
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
      expect(error?.message).toMatch(new RegExp(`^Memcached at ${address} [\\x20-\\x7e]{1,120}$`));
      expect(String(error?.cause)).toMatch(/^Error: [\x20-\x7e]{1,200}$/);
    },
  );

  it('its reply is not quoted in the error message', async () => {
    const url = await startFakeServer(command =>
      command.startsWith('set') ? 'SERVER_ERROR hunter2\r\n' : 'VERSION 1\r\n',
    );
    const error = await errorOf(openDriver(url).driver.set('key', 'text'));
    expect(error).toMatchObject({ code: 'CACHE_REFUSED', message: expect.not.stringContaining('hunter2') });
  });

  it('makes a get reject with CACHE_TIMEOUT when its reply never ends', async () => {
    let drip: NodeJS.Timeout | undefined;
    cleanUp(async () => clearInterval(drip));
    const { port, close } = await startTcpServer(socket =>
      socket.on('data', (chunk: Buffer) => {
        if (!chunk.toString().startsWith('get')) return socket.write('VERSION 1\r\n');
        socket.write('VALUE key 0 1000000\r\n');
        drip = setInterval(() => socket.write('x'), 20);
        return socket.on('close', () => clearInterval(drip));
      }),
    );
    cleanUp(close);
    const { driver } = openDriver(`127.0.0.1:${port}`, { commandTimeout: 200 });
    expect(await within(3000, errorOf(driver.get('key')))).toMatchObject({ code: 'CACHE_TIMEOUT' });
  });

  it.each([
    ['closes the connection', socket => socket.end(), /closed the connection before it could be used.*TLS.*SASL/],
    ['resets the connection', socket => socket.resetAndDestroy(), /closed the connection before it could be used/],
    [
      'has too many connections',
      socket => socket.end('ERROR Too many open connections\r\n'),
      /has reached its connection limit/,
    ],
    ['speaks HTTP', socket => socket.write('HTTP/1.1 400 Bad Request\r\n'), /refuses the connection \(HTTP\)/],
    ['sends nothing', socket => socket.resume(), /does not answer/],
  ] as readonly (readonly [string, (socket: Socket) => void, RegExp])[])(
    'is named in the error, with the reason, when it %s at the start',
    async (_what, serve, words) => {
      const { port, close } = await startTcpServer(serve);
      cleanUp(close);
      const { driver, events } = openDriver(`127.0.0.1:${port}`, { commandTimeout: 100 });
      const error = await toldReason(events, words);
      for (const { message } of [error, (await errorOf(driver.get('key'))) as CacheError]) {
        expect(message).toMatch(new RegExp(`^Memcached at 127\\.0\\.0\\.1:${port} `));
      }
    },
  );

  it('is named in the error when it has reached its connection limit', async () => {
    const server = await startServer({ args: ['-c', '40'] });
    const sockets = Array.from({ length: 60 }, () => connect(server.port, server.host).on('error', () => {}));
    cleanUp(async () => sockets.forEach(socket => socket.destroy()));
    await Promise.all(sockets.map(socket => once(socket, 'connect')));
    const { events } = openDriver(server.url);
    const error = await toldReason(events, /limit/);
    expect(error.message).toBe(`Memcached at ${server.url} has reached its connection limit (memcached -c)`);
  });

  it.each([
    ['never answers', () => ''],
    ['is not memcached', () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['has too many connections', () => 'ERROR Too many open connections\r\n'],
  ])('is reported and tried again when it %s', async (_what, answer) => {
    const { driver, events } = openDriver(await startFakeServer(answer), { commandTimeout: 100 });
    for (let attempt = 0; attempt < 3; attempt++) {
      const [error] = (await once(events, 'disconnected')) as [CacheError];
      expect(error.code).toMatch(/CACHE_(?:TIMEOUT|UNAVAILABLE)/);
    }
    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});
