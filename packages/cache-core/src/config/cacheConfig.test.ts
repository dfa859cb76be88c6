import { readCacheConfig, readConnection } from './cacheConfig';
import { createConfigSource } from './createConfigSource';

const source = (value: unknown) => createConfigSource(value, 'backend.cache');

describe('the store name', () => {
  it.each([
    [undefined, 'memory'],
    [{ driver: null, store: null }, 'memory'],
    [{ store: 'redis' }, 'redis'],
    [{ driver: '', store: 'redis' }, 'redis'],
    [{ driver: 'acme', store: 'redis' }, 'acme'],
  ])('is read from %j as %s', (value, store) => {
    expect(readCacheConfig(source(value))).toEqual({ store });
  });

  it.each(['driver', 'store'])('is rejected with CACHE_CONFIG and the path of %s when it is not text', key => {
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
  ])('%j is rejected with CACHE_CONFIG, its path and the problem', (defaultTtl, message) => {
    expect(() => readCacheConfig(source({ defaultTtl }))).toThrow(
      expect.objectContaining({ code: 'CACHE_CONFIG', message: expect.stringContaining(message) }),
    );
  });

  it('is absent when configured as null', () => {
    expect(readCacheConfig(source({ defaultTtl: null }))).toEqual({ store: 'memory' });
  });
});

describe('a connection', () => {
  it('is rejected with its path, but without its value, when it is not text', () => {
    for (const connection of [{ password: 'secret' }, ['secret'], 6379, true]) {
      const read = () => readConnection(source({ connection }), 'acme', 'acme://localhost');
      expect(read).toThrow(
        "Invalid configuration at 'backend.cache.connection': expected text such as acme://localhost",
      );
      expect(read).not.toThrow('secret');
    }
  });
});
