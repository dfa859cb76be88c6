import { randomBytes } from 'node:crypto';
import { readCacheConfig } from './cacheConfig';
import { createConfigSource } from './createConfigSource';

const secret = randomBytes(32).toString('base64');
const encryption = { keys: [{ secret }] };

/** Returns what is read, and the warnings, including those about unknown keys. */
function read(cache: object) {
  const warnings: string[] = [];
  const source = createConfigSource(cache, 'backend.cache', message => warnings.push(message));
  const config = readCacheConfig(source);
  warnings.push(...source.unknownKeys([]).map(({ path, nearest }) => `${path} -> ${nearest}`));
  return { config, warnings };
}

describe('near cache configuration', () => {
  it.each<[unknown, unknown]>([
    [undefined, undefined],
    [null, undefined],
    [true, true],
    ['off', false],
    [{}, {}],
    [
      { enabled: 'false', maxBytes: '65536' },
      { enabled: false, maxBytes: 65_536 },
    ],
    [{ maxStaleness: 2500 }, { maxStaleness: 2500 }],
    [{ maxStaleness: '2s' }, { maxStaleness: 2000 }],
    [{ maxStaleness: 'PT0.5S' }, { maxStaleness: 500 }],
    [{ maxStaleness: { seconds: 2 } }, { maxStaleness: 2000 }],
  ])('is read for all plugins from %p', (near, expected) => {
    const { config, warnings } = read({ near });
    expect([config.near, 'near' in config, warnings]).toEqual([expected, expected !== undefined, []]);
  });

  it.each<[unknown, unknown]>([
    [null, undefined],
    [true, true],
    ['no', false],
    [{}, {}],
    [{ maxStaleness: '2s' }, { maxStaleness: 2000 }],
  ])('is read for one plugin from %p', (near, expected) => {
    const { config, warnings } = read({ plugin: { catalog: { near } } });
    expect([config.plugins?.catalog, warnings]).toEqual([expected === undefined ? {} : { near: expected }, []]);
  });

  it.each<[object, string, string]>([
    [{ near: '2s' }, 'near', 'true, false, or options such as { maxStaleness: 2s }'],
    [{ near: [] }, 'near', 'true, false, or options such as { maxStaleness: 2s }'],
    [{ near: { enabled: '2s' } }, 'near.enabled', 'true or false'],
    [{ near: { maxStaleness: 0 } }, 'near.maxStaleness', 'a duration above 0'],
    [{ near: { maxStaleness: Infinity } }, 'near.maxStaleness', 'a duration that has an end'],
    [{ near: { maxBytes: 65_535 } }, 'near.maxBytes', 'a whole number of at least 65536'],
    [{ plugin: { auth: { near: 2 } } }, 'plugin.auth.near', 'true, false, or options such as { maxStaleness: 2s }'],
    [{ plugin: { auth: { near: { maxStaleness: -1 } } } }, 'plugin.auth.near.maxStaleness', 'a duration above 0'],
    [
      { plugin: { auth: { near: { maxStaleness: Infinity } } } },
      'plugin.auth.near.maxStaleness',
      'a duration that has an end',
    ],
    [
      { plugin: { auth: { near: { maxBytes: 65_536 } } } },
      'plugin.auth.near.maxBytes',
      "no such option, as all plugins share the memory: set 'backend.cache.near.maxBytes'",
    ],
    [
      { plugin: { auth: { near: { enabled: false } } } },
      'plugin.auth.near.enabled',
      "no such option: set 'backend.cache.plugin.auth.near' to true or false",
    ],
  ])('is rejected with CACHE_CONFIG, the path and what was expected: %j', (cache, path, expected) => {
    expect(() => read(cache)).toThrow(
      expect.objectContaining({
        code: 'CACHE_CONFIG',
        message: expect.stringContaining(`Invalid configuration at 'backend.cache.${path}': expected ${expected}`),
      }),
    );
  });

  it.each<[object, string]>([
    [{ near: { maxstaleness: 5 } }, 'backend.cache.near.maxstaleness -> backend.cache.near.maxStaleness'],
    [{ naer: true }, 'backend.cache.naer -> backend.cache.near'],
    [
      { plugin: { auth: { near: { maxStalenes: 5 } } } },
      'backend.cache.plugin.auth.near.maxStalenes -> backend.cache.plugin.auth.near.maxStaleness',
    ],
  ])('reports an unknown key with the nearest known one: %j', (cache, warning) => {
    expect(read(cache).warnings).toEqual([warning]);
  });
});

describe('plugin policies', () => {
  it('are read by plugin id, also from text, as environment variables provide it', () => {
    const plugin = {
      auth: { encrypt: 'true', maxTtl: '1h' },
      catalog: { enabled: false },
      my_Plugin: { defaultTtl: { minutes: 5 }, maxTtl: 'PT1H', maxValueBytes: '1000' },
      none: {},
      empty: null,
    };
    expect(read({ maxTtl: '1 day', plugin, encryption })).toEqual({
      warnings: [],
      config: {
        store: 'memory',
        maxTtlMs: 86_400_000,
        encryptionKeys: [secret],
        plugins: {
          auth: { encrypt: true, maxTtl: 3_600_000 },
          catalog: { enabled: false },
          my_Plugin: { defaultTtl: 300_000, maxTtl: 3_600_000, maxValueBytes: 1000 },
          none: {},
          empty: {},
        },
      },
    });
  });

  it('are absent when none is configured', () => {
    for (const cache of [{}, { plugin: null, encryption: null }, { plugin: {}, encryption: { keys: [] } }]) {
      expect(read(cache)).toEqual({ config: { store: 'memory' }, warnings: [] });
    }
  });

  it.each<[object, string, string]>([
    [{ plugin: [] }, 'plugin', 'an object'],
    [{ plugin: { auth: true } }, 'plugin.auth', 'an object'],
    [{ plugin: { auth: { enabled: 'maybe' } } }, 'plugin.auth.enabled', 'true or false'],
    [{ plugin: { auth: { encrypt: 2 } } }, 'plugin.auth.encrypt', 'true or false'],
    [{ plugin: { auth: { maxTtl: 0 } } }, 'plugin.auth.maxTtl', 'a duration above 0'],
    [{ plugin: { auth: { defaultTtl: -1 } } }, 'plugin.auth.defaultTtl', 'a duration above 0'],
    [{ plugin: { auth: { maxValueBytes: 0 } } }, 'plugin.auth.maxValueBytes', 'a whole number of at least 1'],
    [{ plugin: { 'my.plugin': {} } }, 'plugin.my.plugin', 'a plugin id: 1 to 64 letters, digits, - and _'],
    [{ plugin: { 'a\u001b\n': {} } }, 'plugin.a??', 'a plugin id: 1 to 64 letters, digits, - and _'],
    [{ maxTtl: 0 }, 'maxTtl', 'a duration above 0'],
    [{ encryption: [secret] }, 'encryption', 'an object'],
    [{ encryption: { keys: secret } }, 'encryption.keys', 'a list'],
    [{ encryption: { keys: [secret] } }, 'encryption.keys[0]', 'an object'],
    [{ encryption: { keys: [{ secret }, {}] } }, 'encryption.keys[1].secret', '32 random bytes in base64'],
    [{ encryption: { keys: [{ secret: 'hunter2' }] } }, 'encryption.keys[0].secret', '32 random bytes in base64'],
    [{ encryption: { keys: [{ secret: `${secret}x` }] } }, 'encryption.keys[0].secret', '32 random bytes in base64'],
    [{ encryption: { keys: [{ secret: 12345 }] } }, 'encryption.keys[0].secret', 'text'],
    [
      { plugin: { auth: { encrypt: true } } },
      'encryption.keys',
      "a list with a 'secret', since 'backend.cache.plugin.auth.encrypt' is true: 32 random bytes in base64",
    ],
    [{ plugin: { auth: { encrypt: true } }, encryption: { keys: [] } }, 'encryption.keys', "a list with a 'secret'"],
  ])('are rejected with CACHE_CONFIG, the path and what was expected, without secrets: %j', (cache, path, expected) => {
    const reading = () => read(cache);
    expect(reading).toThrow(`Invalid configuration at 'backend.cache.${path}': expected ${expected}`);
    expect(reading).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
    expect(reading).not.toThrow('hunter2');
    expect(reading).not.toThrow(secret);
  });

  it.each<[object, string]>([
    [{ plugins: {}, plugin: { a: {} } }, 'backend.cache.plugins -> backend.cache.plugin'],
    [{ maxTTL: 5 }, 'backend.cache.maxTTL -> backend.cache.maxTtl'],
    [{ plugin: { auth: { encript: true } } }, 'backend.cache.plugin.auth.encript -> backend.cache.plugin.auth.encrypt'],
    [
      { plugin: { auth: { maxValueByte: 5 } } },
      'backend.cache.plugin.auth.maxValueByte -> backend.cache.plugin.auth.maxValueBytes',
    ],
    [
      { encryption: { keys: [{ secret, id: 1 }] }, plugin: { auth: { encrypt: true } } },
      'backend.cache.encryption.keys[0].id -> undefined',
    ],
    [
      { encryption: { ...encryption, key: 'x' }, plugin: { auth: { encrypt: true } } },
      'backend.cache.encryption.key -> backend.cache.encryption.keys',
    ],
    [{ encryption }, "'backend.cache.encryption' has no effect, as no plugin has 'encrypt: true'"],
    [{ defaultTtl: 2, maxTtl: 1 }, "'backend.cache.defaultTtl' is longer than 'maxTtl' beside it, which counts"],
    [
      { plugin: { auth: { defaultTtl: 2, maxTtl: 1 } } },
      "'backend.cache.plugin.auth.defaultTtl' is longer than 'maxTtl' beside it, which counts",
    ],
  ])('give one warning for %j', (cache, warning) => {
    expect(read(cache).warnings).toEqual([warning]);
  });
});
