import { createCacheManager } from '@greenroom/cache-core';
import type { CacheDriverDefinition, EntryListOptions, StoredEntry } from '@greenroom/cache-core';
import { countEntries } from './countEntries';

const PAGE_SIZE = 100;

/** A store with these keys, in pages of 100. */
function storeOf(keys: readonly string[], { tells = true, hasCursors = true } = {}) {
  const asked: EntryListOptions[] = [];
  let detailed = 0;
  async function* entries(_prefix: string, options: EntryListOptions) {
    asked.push(options);
    for (let start = Number(options.cursor ?? 0); start < keys.length; start += PAGE_SIZE) {
      const page = keys.slice(start, start + PAGE_SIZE).map((key): StoredEntry => {
        if (!options.details || !tells) return { key };
        detailed++;
        return { key, bytes: 10, expiresInMs: key.startsWith('forever') ? null : 1000 };
      });
      const end = start + PAGE_SIZE;
      yield { entries: page, ...(hasCursors && end < keys.length && { cursor: String(end) }) };
    }
  }
  const driver: CacheDriverDefinition<undefined> = {
    ...{ contractVersion: 1, store: 'acme', parseOptions: () => undefined },
    create: () => ({
      ...{ get: async () => undefined, set: async () => {}, delete: async () => {}, close: async () => {} },
      entries,
    }),
  };
  const manager = createCacheManager({ driver, driverOptions: undefined });
  const count = () => countEntries(manager, { signal: new AbortController().signal, progress() {} });
  return { count, asked, detailed: () => detailed };
}

const many = (plugin: string, count: number) => Array.from({ length: count }, (_, index) => `${plugin}:${index}`);

it('counts all entries, and reads size and expiry of a sample of 1,000', async () => {
  const { count, detailed } = storeOf([...many('catalog', 20_000), 'no plugin']);
  expect(await count()).toEqual({
    plugins: [
      {
        ...{ plugin: 'catalog', entries: 20_000, sampled: 1000, bytes: 200_000 },
        expiry: { never: 0, withinMinute: 1, withinHour: 0, withinDay: 0, later: 0 },
      },
    ],
    others: 1,
    unreached: [],
  });
  expect(detailed()).toBe(1000);
});

it('reads a page again with details when a small plugin appears on it, and counts it once', async () => {
  const keys = [...many('catalog', 5050), 'forever:one', ...many('catalog-import', 5000)];
  const { count, detailed } = storeOf(keys);
  const { plugins } = await count();
  expect(plugins.map(({ plugin, entries, bytes }) => [plugin, entries, bytes])).toEqual([
    ['catalog', 5050, 50_500],
    ['catalog-import', 5000, 50_000],
    ['forever', 1, 10],
  ]);
  expect(plugins[2]?.expiry?.never).toBe(1);
  expect(detailed()).toBeLessThan(2500);
});

it('reads the details of all entries in one listing when the store has no cursors', async () => {
  const { count, asked } = storeOf(many('catalog', 5000), { hasCursors: false });
  expect((await count()).plugins).toMatchObject([{ entries: 5000, sampled: 5000, bytes: 50_000 }]);
  expect(asked).toHaveLength(1);
});

it('asks for details only once when the store gives none', async () => {
  const { count, asked } = storeOf([...many('catalog', 5000), ...many('search', 10)], { tells: false });
  expect((await count()).plugins).toEqual([
    { plugin: 'catalog', entries: 5000, sampled: 0 },
    { plugin: 'search', entries: 10, sampled: 0 },
  ]);
  expect(asked.map(({ details }) => details)).toEqual([true, false]);
});
