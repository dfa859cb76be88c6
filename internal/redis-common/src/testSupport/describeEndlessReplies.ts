import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createCertificate, errorOf, sendCommands, until, waitUntil, watchMemory } from '@greenroom/test-servers';
import { startFakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';

const MIB = 1024 * 1024;
/** Limit of a reply with one value, plus 16 MiB that may be in socket buffers when the connection is closed. */
const MAX_SENT_BYTES = (64 + 16) * MIB;
/** Twice the limit, because Node keeps chunks that it has read for a moment. */
const MAX_MEMORY_BYTES = 2 * 64 * MIB;

interface Flood {
  readonly what: string;
  readonly begin: string;
  /** Sent after `begin`, repeated without end. */
  readonly more: string;
  /** Whether `begin` alone ends the connection. @defaultValue false */
  readonly isAbsurd?: boolean;
}

const floods: readonly Flood[] = [
  { what: 'a text of 1 GiB', begin: '$1073741824\r\n', more: 'x'.repeat(1000), isAbsurd: true },
  { what: 'a text of 80 MiB', begin: `$${80 * MIB}\r\n`, more: 'x'.repeat(1000), isAbsurd: true },
  { what: 'an endless line', begin: '+', more: 'x'.repeat(1000), isAbsurd: true },
  { what: 'an endless error', begin: '-ERR ', more: 'x'.repeat(1000), isAbsurd: true },
  { what: 'an endless number', begin: ':', more: '1'.repeat(1000), isAbsurd: true },
  { what: 'an endless length', begin: '$', more: '1'.repeat(1000), isAbsurd: true },
  { what: 'a list of 10^9 elements', begin: '*1000000000\r\n', more: '$1\r\nx\r\n', isAbsurd: true },
  // A client would allocate 264 MB for it at once.
  { what: 'a list of 33 million elements', begin: '*33000000\r\n', more: '$1\r\nx\r\n', isAbsurd: true },
  { what: 'endlessly nested lists', begin: '', more: '*1\r\n', isAbsurd: true },
  { what: 'a list of large lists', begin: '*1000\r\n', more: '*60000\r\n', isAbsurd: true },
  { what: 'a list of long texts', begin: '*1000\r\n', more: `$60000\r\n${'x'.repeat(60_000)}\r\n` },
  { what: 'replies without a request', begin: '$-1\r\n', more: '$1\r\nx\r\n' },
  { what: 'errors without a request', begin: '$-1\r\n', more: '-ERR\r\n' },
];

/** Replies that never end, or are far larger than a cache needs. */
export function describeEndlessReplies({
  serverName,
  store,
  startServer,
  openCache,
  openDriver,
}: StoreUnderTest): void {
  async function startFlooding(tls?: { readonly cert: string; readonly key: string }) {
    const sockets: Socket[] = [];
    const server = await startFakeServer({
      ...(tls && { tls }),
      onConnection: socket => void sockets.push(socket),
    });
    /** Answers the next GET with a flood. Resolves to the number of bytes sent, once the connection has ended. */
    const flood = ({ begin, more }: Flood) => {
      const body = more.repeat(Math.ceil((256 * 1024) / more.length));
      return new Promise<number>(resolve => {
        server.answer = ([command]) => {
          if (command !== 'GET') return undefined;
          server.answer = undefined;
          const socket = sockets.at(-1);
          socket?.once('close', () => resolve(socket.bytesWritten));
          if (socket) void writeForEver(socket, body);
          return begin;
        };
      });
    };
    return { server, flood };
  }

  describe(`a ${serverName} server that sends too much`, () => {
    const strays: unknown[] = [];
    const onStray = (error: unknown) => void strays.push(error);
    beforeAll(() => void process.on('uncaughtException', onStray).on('unhandledRejection', onStray));
    afterAll(() => void process.off('uncaughtException', onStray).off('unhandledRejection', onStray));

    async function checkFlood(how: Flood, tls?: { readonly ca: string; readonly cert: string; readonly key: string }) {
      const { server, flood } = await startFlooding(tls);
      const connection = { url: server.url, ...(tls && { tls: { ca: tls.ca } }) };
      const { cache, changes } = openCache({ connection });
      await cache.set('key', 'kept');
      expect(await cache.get('key')).toBe('kept');
      const maxMemoryBytes = how.isAbsurd ? 64 * MIB : MAX_MEMORY_BYTES;
      const peak = watchMemory(maxMemoryBytes);

      const sent = flood(how);
      // The get does not return the value that was set: the flood comes in its place, or a null before it.
      expect(await cache.get('key')).toBeUndefined();
      const sentBytes = await sent;
      const peakBytes = peak();

      expect(sentBytes).toBeLessThan(MAX_SENT_BYTES);
      expect(peakBytes).toBeLessThan(maxMemoryBytes);
      await until('the store is used again', async () => (await cache.get('other'), await isUsed(cache)), 5000);
      const away = changes.filter(({ state }) => state === 'unavailable');
      expect(away).toHaveLength(1);
      expect(away[0]).toMatchObject({ error: { message: expect.stringContaining(new URL(server.url).host) } });
      expect(strays).toEqual([]);
    }

    it.each(floods)('is disconnected within the memory limit, and is used again, when it sends $what', how =>
      checkFlood(how),
    );

    it('a text of 1 GiB or a list of 10^9 elements ends the connection over TLS too', async () => {
      const { ca, certificate: cert, key } = await createCertificate();
      const [text, , , , , , list] = floods as [Flood, Flood, Flood, Flood, Flood, Flood, Flood];
      await checkFlood(text, { ca, cert, key });
      await checkFlood(list, { ca, cert, key });
    });

    it('is reported when it sends something other than a reply of the Redis protocol', async () => {
      const { server } = await startFlooding();
      const { driver, events } = openDriver({ connection: server.url });
      await driver.get('key');
      const lost = once(events, 'disconnected');
      server.answer = ([command]) => (command === 'GET' ? 'HTTP/1.1 400 Bad Request\r\n\r\n' : undefined);
      await errorOf(driver.get('key'));
      const [error] = (await lost) as [Error];
      expect(error.message).toBe(
        `${serverName} at ${new URL(server.url).host} sent something that is not a reply of the Redis protocol`,
      );
    });
  });

  describe(`a large value in ${serverName}`, () => {
    it('fails with CACHE_TOO_LARGE above the limit, and soon stops affecting reads of other keys', async () => {
      const server = await startServer();
      const { driver, events } = openDriver({ connection: server.url, [store]: { client: { commandTimeout: '5s' } } });
      let lost = 0;
      events.on('disconnected', () => void lost++);
      // Each part can be sent; the value that consists of both is too large to read.
      const part = 'x'.repeat(33 * MIB);
      await Promise.all([driver.set('other', 'text'), driver.set('near', 'text')]);
      await appendTwice(server, 'poisoned', part);

      await errorOf(driver.getMany?.(['other', 'poisoned', 'near']) ?? Promise.resolve());
      await until('the store is used again', async () => (await errorOf(driver.get('other'))) === undefined, 5000);
      const error = await errorOf(driver.get('poisoned'));
      expect(error).toMatchObject({
        code: 'CACHE_TOO_LARGE',
        message: expect.stringMatching(/too large to read/),
      });
      await until('the store is used again', async () => (await errorOf(driver.get('other'))) === undefined, 5000);
      const lostUntilFound = lost;
      expect(lostUntilFound).toBeLessThanOrEqual(2);

      for (let round = 0; round < 20; round++) {
        expect(await errorOf(driver.get('poisoned'))).toMatchObject({ code: 'CACHE_TOO_LARGE' });
        expect(await driver.getMany?.(['other', 'poisoned', 'near'])).toEqual(['text', undefined, 'text']);
      }
      expect(lost).toBe(lostUntilFound);

      await driver.set('poisoned', 'cured');
      expect(await driver.get('poisoned')).toBe('cured');
    });

    it('is read below the limit, alone and with other keys', async () => {
      const { driver } = openDriver({
        connection: (await startServer()).url,
        [store]: { client: { commandTimeout: '5s' } },
      });
      // Retried, because a connection that is silent for a second is replaced, and a busy machine can silence it for that long.
      const onConnection = <Result>(operate: () => Promise<Result>) =>
        waitUntil('the connection lasts', 20_000, operate);
      const large = 'x'.repeat(30 * MIB);
      await onConnection(() => driver.set('large', large));
      await onConnection(() => driver.set('larger', large + large.slice(0, 3 * MIB)));
      expect((await onConnection(() => driver.get('larger')))?.length).toBe(33 * MIB);
      const texts = await onConnection(async () => driver.getMany?.(['large', 'larger', 'none']));
      expect(texts?.map(text => text?.length)).toEqual([30 * MIB, 33 * MIB, undefined]);
    });
  });
}

async function isUsed(cache: { get(key: string): Promise<unknown>; set(key: string, value: string): Promise<void> }) {
  await cache.set('again', 'kept');
  return (await cache.get('again')) === 'kept';
}

async function writeForEver(socket: Socket, body: string): Promise<void> {
  // Lets `begin` be written first.
  await new Promise(setImmediate);
  while (!socket.destroyed && socket.writable) {
    if (socket.write(body)) await new Promise(setImmediate);
    else await untilDrained(socket);
  }
}

function untilDrained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const settle = () => {
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}

async function appendTwice(server: Parameters<typeof sendCommands>[0], key: string, part: string): Promise<void> {
  await sendCommands(server, [['APPEND', key, part]], 10_000);
  await sendCommands(server, [['APPEND', key, part]], 10_000);
}
