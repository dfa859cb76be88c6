/** The option `check` with schemas of real libraries. */
import * as v from 'valibot';
import { z } from 'zod';
import type { CacheService } from '../contract/cacheService';
import type { GetOrSetOptions, ValueSchema } from '../contract/extendedCache';
import type { JsonValue } from '../contract/jsonValue';
import { createTestCache } from '../testing/testCache/createTestCache';
import { extendCache } from './extendCache';

const libraries: readonly {
  readonly library: string;
  /** `{ name: string }`. */
  readonly user: ValueSchema;
  /** The same, but validates asynchronously. */
  readonly asyncUser: ValueSchema;
  /** Transforms the values that it accepts. */
  readonly transforming: ValueSchema;
  readonly nothing: ValueSchema;
}[] = [
  {
    library: 'Zod',
    user: z.object({ name: z.string() }),
    asyncUser: z.object({ name: z.string() }).refine(async ({ name }) => Promise.resolve(name !== '')),
    transforming: z.object({ name: z.string(), age: z.number().default(1) }).transform(() => 'changed'),
    nothing: z.null(),
  },
  {
    library: 'Valibot',
    user: v.object({ name: v.string() }),
    asyncUser: v.pipeAsync(
      v.object({ name: v.string() }),
      v.checkAsync(async ({ name }) => Promise.resolve(name !== '')),
    ),
    transforming: v.pipe(
      v.object({ name: v.string(), age: v.optional(v.number(), 1) }),
      v.transform(() => 'changed'),
    ),
    nothing: v.null(),
  },
];

/** A cache service of another kind, over a test cache. */
function createForeignCache(): CacheService {
  const cache = createTestCache();
  const foreign: CacheService = {
    get: key => cache.get(key),
    set: (key, value, options) => cache.set(key, value, options),
    delete: key => cache.delete(key),
    withOptions: () => foreign,
  };
  return foreign;
}

const bob = { name: 'bob' };
/** What older versions of a plugin may have stored. */
const otherShapes: readonly JsonValue[] = [null, 0, '', 'bob', [], ['bob'], {}, { name: 1 }, { names: ['bob'] }];

describe.each([
  ['a Greenroom cache', createTestCache],
  ['a foreign cache service', createForeignCache],
])('%s with the check option', (_kind, open) => {
  describe.each(libraries)('a lookup with a $library schema', ({ user, asyncUser, transforming, nothing }) => {
    it.each<[string, ValueSchema]>([
      ['a schema', user],
      ['an asynchronous schema', asyncUser],
    ])('misses and loads when %s does not accept the stored value', async (_schema, check) => {
      const cache = extendCache(open());
      for (const value of otherShapes) {
        await cache.set('key', value);
        const load = jest.fn(() => bob);
        expect(await cache.getOrSet('key', load, { check })).toEqual(bob);
        expect(load).toHaveBeenCalledWith(expect.not.objectContaining({ stale: expect.anything() }));
        expect(await cache.get('key')).toEqual(bob);
        expect(await cache.getOrSet('key', () => ({ name: 'ann' }), { check })).toEqual(bob);
      }
    });

    it('returns an accepted value as it was stored, not as the schema transforms it', async () => {
      const cache = extendCache(open());
      await cache.set('key', { ...bob, more: 1 });
      const noLoad = jest.fn(() => bob);
      expect(await cache.getOrSet('key', noLoad, { check: user })).toEqual({ ...bob, more: 1 });
      expect(await cache.getOrSet('key', noLoad, { check: transforming })).toEqual({ ...bob, more: 1 });
      await cache.set('nothing', null);
      expect(await cache.getOrSet('nothing', noLoad, { check: nothing })).toBeNull();
      expect(noLoad).not.toHaveBeenCalled();
    });

    it('loads only the keys of a batch whose values the schema rejects', async () => {
      const cache = extendCache(open());
      const names = otherShapes.map((_, index) => `other ${index}`);
      await cache.setMany(
        new Map<string, JsonValue>([
          ['bob', bob],
          ...otherShapes.map((shape, index) => [names[index] ?? '', shape] as const),
        ]),
      );
      const load = jest.fn((missing: readonly string[]) => new Map(missing.map(key => [key, { name: key }])));
      const found = await cache.getOrSetMany(['bob', ...names], load, { check: asyncUser });
      expect(load.mock.calls.map(([missing]) => missing)).toEqual([names]);
      expect(found).toEqual(new Map([['bob', bob], ...names.map(name => [name, { name }] as const)]));
    });

    it('gives a stale value that the schema rejects neither to the caller nor to the load', async () => {
      jest.useFakeTimers();
      try {
        const cache = extendCache(open());
        const options: GetOrSetOptions = { ttl: 1000, staleTtl: 5000 };
        await cache.getOrSet<JsonValue>('key', () => 'of another shape', options);
        await jest.advanceTimersByTimeAsync(2000);
        const seen = await cache.getOrSet('key', ({ stale }) => ({ name: stale ? 'seen' : 'unseen' }), {
          ...options,
          check: user,
        });
        expect(seen).toEqual({ name: 'unseen' });
        await jest.advanceTimersByTimeAsync(2000);
        expect(await cache.getOrSet('key', () => bob, { ...options, check: user })).toEqual(seen);
      } finally {
        jest.useRealTimers();
      }
    });
  });

  it('passes a copy of the value to the schema, and rejects with the error of the schema', async () => {
    const cache = extendCache(open());
    await cache.set('key', bob);
    const mistake = new Error('a mistake in the schema');
    const changing = (value: unknown) => (Object.assign(value as object, { name: 'changed' }), {});
    const check = { '~standard': { version: 1, validate: changing } } as const;
    expect(await cache.getOrSet('key', () => ({ name: 'loaded' }), { check })).toEqual(bob);
    const throwing = { '~standard': { version: 1, validate: () => Promise.reject(mistake) } } as const;
    await expect(cache.getOrSet('key', () => bob, { check: throwing })).rejects.toBe(mistake);
  });
});
