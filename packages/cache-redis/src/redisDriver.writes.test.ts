import { Socket } from 'node:net';
import { createStoreUnderTest } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

const { sharedUrl, openCache } = createStoreUnderTest(redisDriver, 'Redis');

afterEach(() => jest.restoreAllMocks());

it('sends all sets of one turn of the event loop in one write', async () => {
  const { cache } = openCache({ connection: sharedUrl() });
  await cache.set('key', 'connected');
  const single = jest.spyOn(Socket.prototype, '_write');
  const list = jest.spyOn(Socket.prototype as Required<Socket>, '_writev');

  const keys = Array.from({ length: 64 }, (_, index) => `key-${index}`);
  await Promise.all(keys.map(key => cache.set(key, `value of ${key} – é`)));

  const written = [...single.mock.calls.map(([chunk]) => String(chunk)), ...list.mock.calls.map(() => 'a list')];
  // Leaves out pings.
  const ofSets = written.filter(text => text === 'a list' || text.includes('value of'));
  expect(ofSets).toEqual([expect.stringMatching(/key-0[^]*key-63/)]);
  expect(await Promise.all(keys.map(key => cache.get(key)))).toEqual(keys.map(key => `value of ${key} – é`));
});
