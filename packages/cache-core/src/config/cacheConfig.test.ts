import { readCacheConfig, readConnection } from './cacheConfig';
import { createConfigSource } from './createConfigSource';

const source = (value: unknown) => createConfigSource(value, 'backend.cache');

describe('the name of the store', () => {
  it.each([
    [undefined, 'memory'],
    [{ driver: null, store: null }, 'memory'],
    [{ store: 'redis' }, 'redis'],
    [{ driver: '', store: 'redis' }, 'redis'],
    [{ driver: 'acme', store: 'redis' }, 'acme'],
  ])('read from %j is %s', (value, store) => {
    expect(readCacheConfig(source(value))).toEqual({ store });
  });

  it.each(['driver', 'store'])('is refused with the path of %s when it is not text', key => {
    expect(() => readCacheConfig(source({ [key]: { secret: 1 } }))).toThrow(
      expect.objectContaining({
        code: 'CACHE_CONFIG',
        message: `Invalid configuration at 'backend.cache.${key}': expected text`,
      }),
    );
  });
});

describe('a default ttl', () => {
  it.each([
    ['hello', "Invalid duration 'hello' in config at 'backend.cache.defaultTtl': expected a form such as"],
    ['60000', "Invalid duration '60000' in config at 'backend.cache.defaultTtl': a number in quotes needs a unit"],
    ['redis://u:secret@host', "Invalid duration in config at 'backend.cache.defaultTtl': expected a form such as"],
    [{ hour: 1 }, "Invalid duration in config at 'backend.cache.defaultTtl': unknown unit 'hour'"],
    [0, "Invalid configuration at 'backend.cache.defaultTtl': expected a duration above 0"],
  ])('%j is refused with its path and the fix', (defaultTtl, message) => {
    expect(() => readCacheConfig(source({ defaultTtl }))).toThrow(
      expect.objectContaining({ code: 'CACHE_CONFIG', message: expect.stringContaining(message) }),
    );
  });

  it('of null means none', () => {
    expect(readCacheConfig(source({ defaultTtl: null }))).toEqual({ store: 'memory' });
  });
});

describe('a connection', () => {
  it('that is not text is refused with its path, and not shown', () => {
    for (const connection of [{ password: 'secret' }, ['secret'], 6379, true]) {
      const read = () => readConnection(source({ connection }), 'acme', 'acme://localhost');
      expect(read).toThrow(
        "Invalid configuration at 'backend.cache.connection': expected text such as acme://localhost",
      );
      expect(read).not.toThrow('secret');
    }
  });
});
