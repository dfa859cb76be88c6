import { extendCache } from '../../extended/extendCache';
import { extendedCases } from '../extended/extendedCases';
import { createTestCache } from './createTestCache';

describe('a test cache', () => {
  it.each(extendedCases)('$name', async ({ run }) => {
    await run({ open: createTestCache });
  });
});

const MINUTE = 60_000;

describe('a test cache with fake timers', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('drops a value when its ttl ends', async () => {
    const cache = createTestCache();
    await cache.set('key', 1, { ttl: MINUTE });
    await cache.getOrSet('loaded', () => 2, { ttl: MINUTE });
    jest.advanceTimersByTime(MINUTE - 1);
    expect(await cache.get('key')).toBe(1);
    expect([...cache.entries()]).toEqual([
      ['key', 1],
      ['loaded', 2],
    ]);
    jest.advanceTimersByTime(1);
    expect(await cache.get('key')).toBeUndefined();
    expect(cache.entries().size).toBe(0);
  });

  it('serves a stale value during its refresh', async () => {
    const cache = createTestCache();
    const options = { ttl: MINUTE, staleTtl: 3 * MINUTE };
    await cache.getOrSet('key', () => 'old', options);
    jest.advanceTimersByTime(2 * MINUTE);
    expect(await cache.getOrSet('key', () => 'new', options)).toBe('old');
    await jest.advanceTimersByTimeAsync(0);
    expect(cache.entries().get('key')).toBe('new');
  });

  it('ends a load at its hardTimeout', async () => {
    const loading = createTestCache().getOrSet('key', () => new Promise<never>(() => {}), { hardTimeout: '5s' });
    const outcome = expect(loading).rejects.toMatchObject({ code: 'CACHE_LOAD_TIMEOUT' });
    await jest.advanceTimersByTimeAsync(5000);
    await outcome;
  });

  it('returns misses while it fails, and no replaced or deleted value afterwards', async () => {
    const cache = createTestCache();
    await cache.setMany(
      new Map([
        ['kept', 1],
        ['replaced', 1],
        ['deleted', 1],
      ]),
    );
    cache.fail();
    expect(await cache.getMany(['kept', 'replaced', 'deleted'])).toEqual(new Map());
    await cache.set('replaced', 2);
    await cache.delete('deleted');
    expect(await cache.getOrSet('loaded', () => 'loaded')).toBe('loaded');
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(await cache.get('kept')).toBeUndefined();
    await cache.recover();
    expect(cache.entries()).toEqual(new Map([['kept', 1]]));
    expect(await cache.get('kept')).toBe(1);
    await cache.set('replaced', 3);
    expect(await cache.get('replaced')).toBe(3);
  });

  it('makes five calls wait for 500 ms while it stalls, and later calls not at all', async () => {
    const cache = createTestCache();
    await cache.set('key', 1);
    cache.stall();
    const isSettled = jest.fn();
    const reading = cache.get('key').finally(isSettled);
    await jest.advanceTimersByTimeAsync(499);
    expect(isSettled).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(await reading).toBeUndefined();

    const writing = Promise.all(['key', 'a', 'b', 'c'].map(key => cache.set(key, 2)));
    await jest.advanceTimersByTimeAsync(500);
    await writing;
    expect(await cache.get('key')).toBeUndefined();

    await cache.recover();
    expect(cache.entries()).toEqual(new Map());
    await cache.set('key', 3);
    expect(await cache.get('key')).toBe(3);
  });

  it('answers waiting calls when it recovers, and ends them with a miss when it fails', async () => {
    const cache = createTestCache();
    await cache.set('key', 1);
    cache.stall();
    const reading = cache.get('key');
    const writing = cache.set('other', 2);
    await cache.recover();
    expect(await reading).toBe(1);
    await writing;
    expect(await cache.get('other')).toBe(2);

    cache.stall();
    const dropped = cache.get('key');
    cache.fail();
    expect(await dropped).toBeUndefined();
    await cache.recover();
    expect(await cache.get('key')).toBe(1);
  });

  it('fails and recovers as often as a test wants', async () => {
    const cache = createTestCache();
    await cache.recover();
    for (let time = 0; time < 50; time++) {
      if (time % 2) cache.stall();
      cache.fail();
      expect(await cache.get('key')).toBeUndefined();
      await cache.recover();
      await cache.set('key', time);
      expect(await cache.get('key')).toBe(time);
    }
  });
});

describe('the entries of a test cache', () => {
  it('have the keys exactly as the plugin set them, and copies of the values', async () => {
    const cache = createTestCache();
    const keys = ['plain', 'with space', '!na!key', 'ü', '\ud800', 'k'.repeat(500), ''];
    await cache.setMany(new Map(keys.map(key => [key, { key }])));
    expect([...cache.entries().keys()]).toEqual(keys);
    Object.assign(cache.entries().get('plain') as object, { key: 'changed' });
    expect(await cache.get('plain')).toEqual({ key: 'plain' });
  });

  it('are separate for each namespace', async () => {
    const cache = createTestCache();
    const space = cache.namespace('a');
    await cache.set('key', 1);
    await space.getOrSet('key', () => 2);
    await space.namespace('b').withOptions({ defaultTtl: 1000 }).set('key', 3);
    const values = () => [cache, space, space.namespace('b')].map(each => each.entries().get('key'));
    expect(values()).toEqual([1, 2, 3]);
    await space.clear();
    expect(values()).toEqual([1, undefined, undefined]);
  });

  it('are not shared with another test cache', async () => {
    const cache = createTestCache();
    await createTestCache().set('key', 1);
    expect(await cache.get('key')).toBeUndefined();
  });
});

it('extendCache returns a test cache unchanged', () => {
  const cache = createTestCache();
  expect(extendCache(cache)).toBe(cache);
});
