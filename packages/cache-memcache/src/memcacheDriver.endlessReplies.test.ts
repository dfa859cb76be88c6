import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { CacheError } from '@greenroom/cache-core';
import { errorOf, until, waitUntil, watchMemory, within } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { isUsed, openDriver } from './testSupport/openDriver';
import { startProxyOf, startServer } from './testSupport/servers';
import { talkTo } from './testSupport/talkTo';
import { startTcpServer } from './testSupport/tcpServer';

const MIB = 1024 * 1024;

/** Writes the same bytes again and again, as fast as the socket accepts them. */
function pour(socket: Socket, bytes: Buffer): void {
  while (!socket.destroyed && socket.write(bytes));
  if (!socket.destroyed) socket.once('drain', () => pour(socket, bytes));
}

/** A server without entries, which answers `get poisoned` by an endless stream. */
async function startPouringServer(begin: string, bytes: string) {
  let connections = 0;
  const poured = Buffer.from(bytes.repeat(Math.ceil(65_536 / bytes.length)));
  const { port, close } = await startTcpServer(socket => {
    connections++;
    socket.on('data', (chunk: Buffer) => {
      for (const command of chunk.toString().split('\r\n').slice(0, -1)) {
        if (command === 'get poisoned') {
          socket.write(begin);
          pour(socket, poured);
        } else if (command.startsWith('get')) socket.write('END\r\n');
        else if (command === 'version') socket.write('VERSION 1\r\n');
      }
    });
  });
  cleanUp(close);
  return { url: `127.0.0.1:${port}`, connections: () => connections };
}

/** Returns the largest growth of memory during `run`, in bytes. Above `limitBytes`, garbage is collected before measuring. */
function measureGrowth(limitBytes: number, run: () => Promise<void>): Promise<number> {
  const stop = watchMemory(limitBytes);
  return run().then(stop, error => {
    stop();
    throw error;
  });
}

describe('a value above the default maxValueBytes', () => {
  it('is skipped with CACHE_TOO_LARGE, without using 40 MiB of memory or losing the connection', async () => {
    const server = await startServer({ args: ['-I', '32m', '-m', '256'] });
    const { driver, states } = openDriver(server.url);
    await driver.set('key', 'text');
    await talkTo(server, `set poisoned 0 0 ${24 * MIB}\r\n${'x'.repeat(24 * MIB)}\r\n`);

    const readBoth = async () => {
      const [error, text] = await Promise.all([errorOf(driver.get('poisoned')), driver.get('key')]);
      expect(error).toMatchObject({
        code: 'CACHE_TOO_LARGE',
        message: expect.stringMatching(/^Memcached at [\d.:]+ holds a value of 25165824 bytes.*maxValueBytes/),
      });
      expect(text).toBe('text');
    };
    // Chunks may not have been garbage-collected yet; keeping the value would take as much again.
    expect(await measureGrowth(40 * MIB, readBoth)).toBeLessThan(40 * MIB);
    for (let round = 0; round < 5; round++) await readBoth();
    expect(states).toEqual(['connected']);

    await driver.set('poisoned', 'healed');
    expect(await driver.get('poisoned')).toBe('healed');
  });

  it('is read when the server and the configured maxValueBytes allow it', async () => {
    const server = await startServer({ args: ['-I', '32m', '-m', '256'] });
    const { driver } = openDriver(server.url, { maxValueBytes: 24 * MIB });
    const text = '\n'.repeat(12 * MIB);
    // Retried, because a connection that is silent for a second is replaced, and a busy machine can silence it for that long.
    await waitUntil('it is written', 20_000, () => driver.set('key', text));
    expect((await waitUntil('it is read', 20_000, () => driver.get('key'))) === text).toBe(true);
  });

  it.each([1024 * MIB, 100 * MIB])(
    'makes the driver replace the connection without an outage when it has %i bytes',
    async bytes => {
      const { url, connections } = await startPouringServer(`VALUE poisoned 0 ${bytes}\r\n`, 'x');
      const { driver, states } = openDriver(url);
      await driver.get('key');
      const grownBytes = await measureGrowth(20 * MIB, async () => {
        for (let round = 1; round <= 10; round++) {
          const poisoned = errorOf(driver.get('poisoned'));
          const other = errorOf(driver.get('key'));
          expect(await within(1000, poisoned)).toMatchObject({ code: 'CACHE_TOO_LARGE' });
          // Commands sent behind it are lost; new ones wait for the next connection.
          expect(await other).toMatchObject({ code: 'CACHE_UNAVAILABLE', message: expect.stringContaining(url) });
          expect(await within(1000, driver.get('key'))).toBeUndefined();
          expect(connections()).toBe(1 + round);
        }
      });
      expect(grownBytes).toBeLessThan(20 * MIB);
      expect(new Set(states)).toEqual(new Set(['connected']));
    },
  );

  it('makes commands that wait for the next connection fail when the server goes down meanwhile', async () => {
    const server = await startServer({ args: ['-I', '64m', '-m', '256'] });
    await talkTo(server, `set poisoned 0 0 ${48 * MIB}\r\n${'x'.repeat(48 * MIB)}\r\n`);
    const proxy = await startProxyOf(server);
    const { driver, events } = openDriver(proxy.url);
    await driver.get('key');
    const lost = once(events, 'disconnected');
    const poisoned = errorOf(driver.get('poisoned'));
    await proxy.close();
    await poisoned;
    const waiting = errorOf(driver.get('key'));
    await lost;
    expect(await within(1000, waiting)).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});

describe('an endless reply', () => {
  it.each([
    ['one line', 'VALUE poisoned', 'x'],
    ['many lines', '', 'STORED\r\n'],
    ['replies without a command', 'END\r\n', 'END\r\n'],
    ['values without a command', 'END\r\n', 'VALUE poisoned 0 1\r\nx\r\nEND\r\n'],
    ['a value without a command', 'END\r\nVALUE poisoned 0 1073741824\r\n', 'x'],
    ['empty lines', '', '\r\n'],
  ])('makes the driver replace the connection before it uses 20 MiB of memory: %s', async (_what, begin, bytes) => {
    const { url } = await startPouringServer(begin, bytes);
    const { driver, events } = openDriver(url);
    await driver.get('key');
    const grownBytes = await measureGrowth(20 * MIB, async () => {
      const lost = once(events, 'disconnected');
      await errorOf(driver.get('poisoned'));
      const [error] = (await within(1000, lost)) as [CacheError];
      expect(error.message).toContain(`Memcached at ${url} `);
      await until('the server is used', async () => (await errorOf(driver.get('key'))) === undefined, 1000);
    });
    expect(grownBytes).toBeLessThan(20 * MIB);
  });

  it('makes the driver replace the connection when it arrives byte by byte', async () => {
    const server = await startServer();
    let trickles = true;
    const { port, close } = await startTcpServer(socket =>
      socket.on('data', (chunk: Buffer) => {
        if (!chunk.toString().startsWith('get') || !trickles)
          return void talkTo(server, chunk.toString()).then(answer => socket.write(answer));
        trickles = false;
        socket.write('VALUE key 0 1000000\r\n');
        const drip = setInterval(() => socket.write('x'), 2);
        return void socket.on('close', () => clearInterval(drip));
      }),
    );
    cleanUp(close);
    const { driver, events } = openDriver(`127.0.0.1:${port}`);
    await once(events, 'connected');
    const lost = once(events, 'disconnected');
    await errorOf(driver.get('key'));
    await within(3000, lost);
    await until('the server is used', () => isUsed(driver), 1000);
  });
});
