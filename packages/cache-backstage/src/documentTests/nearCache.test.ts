/** Runs what docs/near-cache.md shows, and checks its figures. */
import type { CacheService } from '@backstage/backend-plugin-api';
import { createConfigSource, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, NearFigures } from '@greenroom/cache-core';
import { redisDriver } from '@greenroom/cache-redis';
import { sendCommands, startRedis } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { openPage } from '../testSupport/openPage';
import { startBackend } from '../testSupport/startBackend';

const { evaluate, text } = openPage('near-cache.md');

type Owner = { name: string; email: string };
const { createOwnerReader } = evaluate('ownerReader') as {
  createOwnerReader(
    cache: CacheService,
    fetchOwner: (ref: string) => Promise<Owner>,
  ): (ref: string) => Promise<Owner | undefined>;
};
const { openCatalogCache } = evaluate('openCatalogCache') as {
  openCatalogCache(
    driver: CacheDriverDefinition<never>,
    options: unknown,
  ): { cache: CacheService; figures(): NearFigures; close(): Promise<void> };
};

let server: TestServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Number of keys that the server has been asked for. */
async function countReads(): Promise<number> {
  const [info] = await sendCommands(server, [['INFO', 'stats']]);
  const countOf = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(String(info))?.[1]);
  return countOf('keyspace_hits') + countOf('keyspace_misses');
}

it('the owner reader answers 1,000 reads from the near cache with one frozen value', async () => {
  const near = { maxStaleness: '1 hour' };
  const { cacheOf } = await startBackend({ store: 'redis', connection: server.url, near });
  const fetchOwner = jest.fn(async (ref: string) => ({ name: ref, email: `${ref}@example.com` }));
  const read = createOwnerReader(cacheOf(), fetchOwner);
  const first = await read('jane');
  // The value is stored after the callers have got it.
  while ((await cacheOf().get('owner/jane')) === undefined) await new Promise(setImmediate);
  // The first read after that keeps the value in the process.
  await read('jane');
  const before = await countReads();
  const owners = new Set<Owner | undefined>();
  for (let line = 0; line < 1000; line++) owners.add(await read('jane'));
  expect([...owners]).toEqual([first]);
  expect(Object.isFrozen([...owners][0])).toBe(true);
  expect(fetchOwner).toHaveBeenCalledTimes(1);
  expect((await countReads()) - before).toBe(0);
});

it('openCatalogCache opens a cache with a near cache and reports its figures', async () => {
  const config = createConfigSource({ connection: server.url }, 'backend.cache');
  const opened = openCatalogCache(redisDriver as CacheDriverDefinition<never>, parseDriverOptions(redisDriver, config));
  cleanUp(() => opened.close());
  await opened.cache.set('some-key', 'bob');
  expect(await opened.cache.get('some-key')).toBe('bob');
  expect(opened.figures()).toMatchObject({ hits: 1, fills: 1, maxBytes: 33_554_432 });
});

describe('the documented shares of near reads', () => {
  const [, heading = '', body = ''] = /\n(\| reads of the key per second.*)\n.*\n((?:\|.*\n)+)/.exec(text) ?? [];
  const cellsOf = (row: string) =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim());
  const bounds = cellsOf(heading)
    .slice(1)
    .map(cell => Number(/(\d+)(ms)?/.exec(cell)?.[1]) * (cell.includes('ms') ? 0.001 : 1));
  const rows = body.trim().split('\n').map(cellsOf);

  it.each(rows)('match the expected shares for reads at random times, %s per second', (...cells) => {
    const [perSecond, ...shares] = cells.map(parseFloat);
    expect(shares).toHaveLength(3);
    for (const [index, share] of shares.entries()) {
      // Between two reads of the store there are as many near reads as arrive within the bound.
      const near = (perSecond ?? 0) * (bounds[index] ?? 0);
      expect(Math.abs((100 * near) / (1 + near) - share)).toBeLessThan(0.6);
    }
  });
});
