import { errorOf, sendCommands, until } from '@greenroom/test-servers';
import { startFakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';

/** Longer than the interval of two pings. */
const TWO_PINGS_MS = 2500;

const unknownCommand = ([name]: readonly string[]) => `-ERR unknown command '${name}', with args beginning with: \r\n`;
/** Answers `names` as a server does, and every other command by `otherwise`. */
const knowing = (names: readonly string[], otherwise: (args: readonly string[]) => string) => {
  const known = new Set(names);
  return (args: readonly string[]) => (known.has(args[0]?.toUpperCase() ?? '') ? undefined : otherwise(args));
};
const endsAtOthers = (...names: readonly string[]) => knowing(['GET', 'MGET', 'SET', ...names], () => 'end');

interface Proxy {
  readonly what: string;
  readonly answer: (args: readonly string[]) => string | undefined;
  /** Connections that the store may need to learn what the proxy knows. */
  readonly connections: number;
}

/** Behavior as observed, or as in the source code of the proxy. */
const proxies: readonly Proxy[] = [
  {
    what: 'answers every PING with PONG and refuses unknown commands, as Envoy does',
    answer: args =>
      args[0] === 'PING'
        ? '+PONG\r\n'
        : knowing(['GET', 'MGET', 'SET', 'DEL', 'UNLINK'], () => `-unsupported command '${args[0]}'\r\n`)(args),
    connections: 1,
  },
  {
    what: 'closes the connection on unknown commands and on PING with a text, as twemproxy 0.5 does',
    answer: args => (args[0] === 'PING' && args.length > 1 ? 'end' : endsAtOthers('PING', 'DEL', 'UNLINK')(args)),
    connections: 1,
  },
  {
    what: 'closes the connection on UNLINK, as twemproxy 0.4 does',
    answer: endsAtOthers('PING', 'DEL'),
    connections: 2,
  },
  {
    what: 'closes the connection on PING and UNLINK, as twemproxy 0.3 does',
    answer: endsAtOthers('DEL'),
    connections: 4,
  },
  {
    what: 'does not know UNLINK',
    answer: knowing(['GET', 'MGET', 'SET', 'DEL', 'PING'], unknownCommand),
    connections: 1,
  },
  {
    what: 'does not know PING',
    answer: knowing(['GET', 'MGET', 'SET', 'DEL', 'UNLINK'], unknownCommand),
    connections: 1,
  },
];

/** Proxies and servers that do not know all commands. */
export function describeProxies({ serverName, store, startServer, openCache, openDriver }: StoreUnderTest) {
  describe(`a proxy in front of ${serverName}`, () => {
    it.each(proxies)('can be used when it $what', async ({ answer, connections }) => {
      const proxy = await startFakeServer({ answer });
      const { cache, changes } = openCache({ connection: proxy.url });
      const isUsed = async () => (await cache.set('key', 1), (await cache.get('key')) === 1);

      await until('the store is used', isUsed, 2000);
      await cache.set('other', 2);
      await cache.delete('key');
      await until('the entry is gone', () => !proxy.entries.has('catalog:key'), 2000);
      await until('the store is used again', isUsed, 2000);
      expect(await Promise.all([cache.get('key'), cache.get('other')])).toEqual([1, 2]);

      await new Promise(resolve => setTimeout(resolve, TWO_PINGS_MS));
      expect(await cache.get('other')).toBe(2);
      await cache.delete('other');
      expect(proxy.entries.has('catalog:other')).toBe(false);
      expect(proxy.connections).toBeLessThanOrEqual(connections);
      expect(changes.filter(({ state }) => state === 'available').length).toBeLessThanOrEqual(connections);
    });

    it('causes no wrong value when it sometimes answers a PING twice', async () => {
      let count = 0;
      const proxy = await startFakeServer({
        answer: ([name]) => {
          const isTwice = ++count % 50 === 0;
          if (name !== 'PING') return undefined;
          return isTwice ? '+PONG\r\n+PONG\r\n' : '+PONG\r\n';
        },
      });
      const { cache } = openCache({ connection: proxy.url });
      const keys = Array.from({ length: 10 }, (_, index) => `key-${index}`);
      await until(
        'the store is used',
        async () => (await cache.set('key-0', 0), (await cache.get('key-0')) === 0),
        2000,
      );
      await Promise.all(keys.map((key, index) => cache.set(key, index)));
      for (let round = 0; round < 400; round++) {
        const values = await Promise.all(keys.map(key => cache.get(key)));
        expect(values.filter((value, index) => value !== undefined && value !== index)).toEqual([]);
      }
    });

    it.each([
      ['refuses SCAN', "-ERR unknown command 'SCAN'\r\n", 'refuses SCAN'],
      ['closes the connection on SCAN', 'end', 'ends the connection at SCAN'],
    ])('makes a clear reject with CACHE_REFUSED when it %s', async (_what, reply, reason) => {
      const proxy = await startFakeServer({ answer: ([name]) => (name === 'SCAN' ? reply : undefined) });
      const { driver } = openDriver({ connection: proxy.url });
      await driver.set('p:key', 'text');
      await errorOf(driver.clear?.('p:') ?? Promise.resolve());
      await until('it is used again', async () => (await errorOf(driver.set('p:key', 'text'))) === undefined, 2000);

      const error = await errorOf(driver.clear?.('p:') ?? Promise.resolve());

      expect(error).toMatchObject({ code: 'CACHE_REFUSED', message: expect.stringContaining(reason) });
      expect(proxy.commands.filter(([name]) => name === 'SCAN').length).toBeLessThanOrEqual(2);
      expect(await driver.get('p:key')).toBe('text');
    });

    it('receives only a PING before the first command', async () => {
      const proxy = await startFakeServer();
      const { driver } = openDriver({ connection: proxy.url });
      await driver.get('key');
      expect(proxy.commands.slice(0, 2)).toEqual([['PING'], ['GET', 'key']]);
    });
  });

  describe(`a ${serverName} server without UNLINK`, () => {
    it.each([
      ['disables UNLINK with rename-command', { args: ['--rename-command', 'UNLINK', ''] }, []],
      ['forbids UNLINK to its users', {}, [['ACL', 'SETUSER', 'default', '-unlink']]],
    ])('still deletes and clears keys when it %s', async (_what, options, commands) => {
      const server = await startServer(options);
      if (commands.length > 0) await sendCommands(server, commands);
      const { driver } = openDriver({ connection: server.url, [store]: { client: { clearBatchSize: 2 } } });
      const keys = ['p:1', 'p:2', 'p:3', 'p:4', 'p:5'];
      await Promise.all(keys.map(key => driver.set(key, 'text')));

      await driver.delete('p:1');
      expect(await sendCommands(server, [['EXISTS', ...keys]])).toEqual([4]);
      await driver.clear?.('p:');
      expect(await sendCommands(server, [['EXISTS', ...keys]])).toEqual([0]);
    });

    it('fails one delete with CACHE_AUTH when it forbids UNLINK later', async () => {
      const server = await startServer();
      const { driver } = openDriver({ connection: server.url });
      await driver.set('key', 'text');
      await driver.delete('key');
      await driver.set('key', 'text');
      await sendCommands(server, [['ACL', 'SETUSER', 'default', '-unlink']]);

      expect(await errorOf(Promise.resolve(driver.delete('key')))).toMatchObject({ code: 'CACHE_AUTH' });
      await driver.delete('key');

      expect(await sendCommands(server, [['EXISTS', 'key']])).toEqual([0]);
    });

    it('clears entries even before the first delete', async () => {
      const server = await startServer({ args: ['--rename-command', 'UNLINK', ''] });
      const { driver } = openDriver({ connection: server.url });
      await Promise.all(['p:1', 'p:2'].map(key => driver.set(key, 'text')));
      await driver.clear?.('p:');
      expect(await sendCommands(server, [['DBSIZE']])).toEqual([0]);
    });

    it('keeps a value that is set after a delete that was not awaited', async () => {
      const server = await startServer({ args: ['--rename-command', 'UNLINK', ''] });
      const { cache } = openCache({ connection: server.url });
      await cache.set('key', 'old');
      await Promise.all([cache.delete('key'), cache.set('key', 'new')]);
      expect(await cache.get('key')).toBe('new');
    });

    it('receives UNLINK only once, and DEL afterwards', async () => {
      const server = await startFakeServer({
        answer: args => (args[0] === 'UNLINK' ? unknownCommand(args) : undefined),
      });
      const { driver } = openDriver({ connection: server.url });
      for (let count = 0; count < 5; count++) await driver.delete('key');
      const removals = server.commands.map(([name]) => name).filter(name => name === 'UNLINK' || name === 'DEL');
      expect(removals).toEqual(['UNLINK', ...Array.from({ length: 5 }, () => 'DEL')]);
    });
  });
}
