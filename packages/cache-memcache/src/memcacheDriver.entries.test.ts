import type { EntryPage } from '@greenroom/cache-core';
import { until } from '@greenroom/test-servers';
import { openDriver, openManager } from './testSupport/openDriver';
import { freeze, startFakeServer, startProxyOf, startServer } from './testSupport/servers';
import { talkTo } from './testSupport/talkTo';
import { startTcpServer } from './testSupport/tcpServer';

async function readAll(pages: AsyncIterable<EntryPage> | undefined): Promise<EntryPage[]> {
  const read: EntryPage[] = [];
  for await (const page of pages ?? []) read.push(page);
  return read;
}

const toKeys = (pages: readonly EntryPage[]) => pages.flatMap(({ entries }) => entries.map(({ key }) => key));
const list = { details: false };
/** Long enough that no operation fails on a busy machine. */
const slow = { commandTimeout: 10_000 };

describe('a listing of Memcached', () => {
  it('gives the keys of its prefix as they were set, with their bytes and expiry', async () => {
    const server = await startServer();
    const { driver } = openDriver(`127.0.0.1:${server.port}`, slow);
    await driver.set('catalog:a%20b:c', 'text', 60_000);
    await driver.set('catalog:ever', 'x'.repeat(1000));
    await driver.set('catalog2:other', 'text');
    const entries = (await readAll(driver.entries?.('catalog:', list))).flatMap(page => page.entries);
    const [first, second] = entries.toSorted((one, other) => one.key.localeCompare(other.key));
    expect(entries).toHaveLength(2);
    expect(first).toEqual({
      key: 'catalog:a%20b:c',
      bytes: expect.any(Number) as number,
      expiresInMs: expect.any(Number) as number,
    });
    expect(first?.expiresInMs).toBeGreaterThan(50_000);
    expect(first?.expiresInMs).toBeLessThan(70_000);
    expect(second).toMatchObject({ key: 'catalog:ever', expiresInMs: null });
    expect(second?.bytes).toBeGreaterThan(1000);
    expect(driver.servers?.()).toEqual([`127.0.0.1:${server.port}`]);
  });

  it('gives each of 20,000 keys once, in pages of at most 500 without a cursor, while a plugin reads', async () => {
    const server = await startServer();
    const manager = openManager(`127.0.0.1:${server.port}`, slow);
    const cache = manager.forPlugin('catalog');
    await Promise.all(Array.from({ length: 20_000 }, (_, index) => cache.set(`key-${index}`, index)));
    await manager.forPlugin('techdocs').set('key', 1);
    const pages: EntryPage[] = [];
    for await (const page of manager.entries('catalog')) {
      pages.push(page);
      expect(page.entries.length).toBeLessThanOrEqual(500);
      expect(await cache.get('key-1')).toBe(1);
    }
    const keys = toKeys(pages);
    expect(new Set(keys).size).toBe(20_000);
    expect(keys).toHaveLength(20_000);
    expect(pages.every(({ cursor }) => cursor === undefined)).toBe(true);
    expect(manager.describeKey(keys[0] ?? '')).toMatchObject({ pluginId: 'catalog' });
    await expect(readAll(manager.entries('catalog', { cursor: '1' }))).rejects.toMatchObject({
      code: 'CACHE_INVALID_CURSOR',
    });
  });

  it('covers the servers that are up and names one that is down; rejects when all are down', async () => {
    const [first, second] = await Promise.all([startServer(), startServer()]);
    const { driver } = openDriver(`127.0.0.1:${first.port},127.0.0.1:${second.port}`, slow);
    for (let index = 0; index < 50; index++) await driver.set(`catalog:${index}`, 'x');
    expect(new Set(toKeys(await readAll(driver.entries?.('catalog:', list)))).size).toBe(50);
    await second.stop();
    const pages = await readAll(driver.entries?.('catalog:', list));
    const left = toKeys(pages).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(50);
    expect(pages.flatMap(({ unreached = [] }) => unreached)).toEqual([`127.0.0.1:${second.port}`]);
    await first.stop();
    await expect(readAll(driver.entries?.('catalog:', list))).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });

  it('rejects with CACHE_TIMEOUT when the server is frozen', async () => {
    const server = await startServer();
    const { driver } = openDriver(`127.0.0.1:${server.port}`, slow);
    await driver.set('catalog:key', 'x');
    await freeze(server);
    await expect(readAll(driver.entries?.('', list))).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    await server.thaw();
  });

  it.each([
    ['is disabled', 'CLIENT_ERROR lru crawler disabled', 'lru_crawler enable'],
    ['is unknown to the server', 'ERROR', 'does not know'],
  ])('rejects with CACHE_UNSUPPORTED and an explanation when the crawler %s', async (_what, answer, advice) => {
    const connection = await startFakeServer(command =>
      command.startsWith('version') ? 'VERSION 1.4\r\n' : `${answer}\r\n`,
    );
    const { driver } = openDriver(connection);
    await expect(readAll(driver.entries?.('', list))).rejects.toMatchObject({
      code: 'CACHE_UNSUPPORTED',
      message: expect.stringContaining(advice) as string,
    });
  });

  it('rejects with CACHE_UNSUPPORTED when the crawler of a real server is disabled', async () => {
    const server = await startServer();
    await talkTo(server, 'lru_crawler disable\r\n', /OK\r\n$/);
    await expect(readAll(openManager(`127.0.0.1:${server.port}`, slow).entries('catalog'))).rejects.toMatchObject({
      code: 'CACHE_UNSUPPORTED',
    });
  });

  it('asks again when the server is busy or cannot dump its hash table, and gives a repeated key once', async () => {
    const asked: string[] = [];
    let busy = 2;
    const connection = await startFakeServer(command => {
      if (command.startsWith('version')) return 'VERSION 1.4.36\r\n';
      asked.push(command.trim());
      if (command.includes('hash')) return 'BADCLASS invalid class id\r\n';
      if (busy-- > 0) return 'BUSY currently processing crawler request\r\n';
      const line = (key: string) => `key=${key} exp=-1 la=1 cas=1 fetch=no cls=1 size=63\r\n`;
      return `${line('catalog:a')}${line('catalog:b')}${line('catalog:a')}${line('%ff')}nonsense\r\nEND\r\n`;
    });
    const pages = await readAll(openDriver(connection).driver.entries?.('', list));
    expect(toKeys(pages)).toEqual(['catalog:a', 'catalog:b']);
    expect(asked).toEqual([
      'lru_crawler metadump hash',
      ...Array.from({ length: 3 }, () => 'lru_crawler metadump all'),
    ]);
  });

  it.each([
    ['a line that is too long', 'x'.repeat(5000), 'protocol'],
    ['an incomplete listing', 'key=a exp=-1 la=1 cas=1 fetch=no cls=1 size=63\r\n', 'closed'],
  ])('rejects with CACHE_UNAVAILABLE when it gets %s', async (_what, answer, reason) => {
    const server = await startTcpServer(socket =>
      socket.on('data', (chunk: Buffer) => {
        if (chunk.toString().startsWith('version')) socket.write('VERSION 1.6\r\n');
        else socket.end(answer);
      }),
    );
    const { driver } = openDriver(`127.0.0.1:${server.port}`, slow);
    await expect(readAll(driver.entries?.('', list))).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: expect.stringContaining(reason) as string,
    });
    await driver.close();
    await server.close();
  });

  it.each<[string, (stop: AbortController, close: () => Promise<void>) => unknown]>([
    ['the caller stops reading', () => {}],
    ['its abort signal fires', stop => stop.abort()],
    ['the driver is closed', (_stop, close) => close()],
  ])('leaves no connection behind when %s', async (_what, end) => {
    const server = await startServer();
    const proxy = await startProxyOf(server);
    const { driver } = openDriver(proxy.url, slow);
    await Promise.all(Array.from({ length: 5000 }, (_, index) => driver.set(`catalog:${index}`, 'x')));
    const connections = async () => Number(/curr_connections (\d+)/.exec(await talkTo(server, 'stats\r\n'))?.[1]);
    const before = await connections();
    const stop = new AbortController();
    const listing = (async () => {
      for await (const page of driver.entries?.('', { ...list, signal: stop.signal }) ?? []) {
        expect(page.entries.length).toBeGreaterThan(0);
        expect(await connections()).toBeGreaterThan(before);
        if (end.length === 0) break;
        await end(stop, () => driver.close());
      }
    })().catch(() => {});
    await listing;
    await until('its connection is gone', async () => (await connections()) <= before, 5000);
  });
});
