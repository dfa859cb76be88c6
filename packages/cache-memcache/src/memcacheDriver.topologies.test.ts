import { once } from 'node:events';
import Memcached from 'memcached';
import { memcacheDriver } from './memcacheDriver';
import { isUsed, openDriver } from './testSupport/openDriver';
import { startServer } from './testSupport/servers';
import { talkTo } from './testSupport/talkTo';

describe('several servers', () => {
  it('hold the keys that the hash ring of npm memcached assigns to them', async () => {
    const servers = await Promise.all([startServer(), startServer(), startServer()]);
    const { driver } = openDriver(servers.map(({ url }) => url).join(','));
    const keys = Array.from({ length: 100 }, (_, index) => `catalog:key-${index}`);
    await Promise.all(keys.map(key => driver.set(key, 'text')));

    const ring = new Memcached(servers.map(({ url }) => url)) as unknown as {
      readonly HashRing: { get(key: string): string };
    };
    const counts = await Promise.all(
      servers.map(async server => {
        const own = keys.filter(key => ring.HashRing.get(key) === server.url);
        const answer = await talkTo(server, `get ${own.join(' ')}\r\n`);
        expect(answer.match(/^VALUE /gm)).toHaveLength(own.length);
        return own.length;
      }),
    );
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('are reported disconnected when the last one goes down, and connected when the first one is back', async () => {
    const servers = await Promise.all([startServer(), startServer()]);
    const [one, two] = servers;
    await one.kill();
    const { driver, events, states } = openDriver(servers.map(({ url }) => url).join(','));
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    const usedKeys = async () => {
      const used = await Promise.all(keys.map(key => isUsed(driver, key)));
      return used.filter(Boolean).length;
    };
    expect(await usedKeys()).toBeGreaterThan(0);
    expect(await usedKeys()).toBeLessThan(keys.length);
    expect(states).toEqual(['connected']);
    expect(driver.connections?.()).toBe(1);

    const lost = once(events, 'disconnected');
    await two.kill();
    await lost;
    expect(await usedKeys()).toBe(0);
    expect(driver.connections?.()).toBe(0);

    const back = once(events, 'connected');
    await one.start();
    await back;
    expect(await usedKeys()).toBeGreaterThan(0);

    const bothBack = once(events, 'connected');
    await two.start();
    await bothBack;
    expect(await usedKeys()).toBe(keys.length);
    expect(driver.connections?.()).toBe(2);
  });
});

describe('an empty list of servers', () => {
  it('makes create throw CACHE_CONFIG', () => {
    const host = { connected: () => {}, disconnected: () => {} };
    expect(() => memcacheDriver.create({ servers: [] }, host)).toThrow(
      expect.objectContaining({ code: 'CACHE_CONFIG', message: expect.stringContaining('one server at least') }),
    );
  });
});
