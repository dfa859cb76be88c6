import { readCacheConfig, readConnection } from './cacheConfig';
import { createConfigSource } from './createConfigSource';

const source = (value: unknown, warn?: (message: string) => void) => createConfigSource(value, 'backend.cache', warn);

describe('a config section', () => {
  it('reads dotted paths and returns undefined for absent and null values', () => {
    const config = source({ a: { b: 'text', none: null } });
    expect(config.getOptionalString('a.b')).toBe('text');
    expect(config.getOptionalString('a.none')).toBeUndefined();
    expect(config.getOptionalString('a.c')).toBeUndefined();
    expect(config.getOptionalString('x.y.z')).toBeUndefined();
    expect(config.getOptional('a.constructor')).toBeUndefined();
    expect(source(undefined).getOptionalString('a')).toBeUndefined();
  });

  it('reads numbers and booleans from text, as environment variables provide them', () => {
    const config = source({ number: '10', on: 'true', off: 'off', one: 1 });
    expect(config.getOptionalInteger('number', 1)).toBe(10);
    expect(config.getOptionalBoolean('on')).toBe(true);
    expect(config.getOptionalBoolean('off')).toBe(false);
    expect(config.getOptionalBoolean('one')).toBe(true);
  });

  it('returns sections and lists of sections with their full paths', () => {
    const config = source({ cluster: { nodes: [{ url: 'a' }, { url: 1 }] } });
    const nodes = config.getOptionalSection('cluster')?.getOptionalSections('nodes') ?? [];
    expect(nodes.map(node => node.path)).toEqual(['backend.cache.cluster.nodes[0]', 'backend.cache.cluster.nodes[1]']);
    expect(nodes[0]?.getOptionalString('url')).toBe('a');
    expect(() => nodes[1]?.getOptionalString('url')).toThrow("'backend.cache.cluster.nodes[1].url': expected text");
  });

  it('warns with the full path', () => {
    const warnings: string[] = [];
    source({ a: { old: true } }, message => warnings.push(message))
      .getOptionalSection('a')
      ?.warn('old', 'has no effect');
    expect(warnings).toEqual(["'backend.cache.a.old' has no effect"]);
  });

  it('records the paths that were read, including those in its sections', () => {
    const config = source({ acme: { url: 'x', nodes: [{ port: 1 }] }, other: 1 });
    const acme = config.getOptionalSection('acme');
    acme?.getOptionalString('url');
    acme?.getOptionalString('absent');
    for (const node of acme?.getOptionalSections('nodes') ?? []) node.getOptionalInteger('port', 1);
    expect([...config.pathsRead()]).toEqual([
      'backend.cache.acme.',
      'backend.cache.acme.url',
      'backend.cache.acme.absent',
      'backend.cache.acme.nodes[',
      'backend.cache.acme.nodes[0].port',
    ]);
  });

  it.each([
    ['text', (config: ReturnType<typeof source>) => config.getOptionalString('key'), { key: { password: 'secret' } }],
    ['a whole number', (config: ReturnType<typeof source>) => config.getOptionalInteger('key', 1), { key: 'secret' }],
    ['a whole number', (config: ReturnType<typeof source>) => config.getOptionalInteger('key', 1), { key: 1.5 }],
    ['true or false', (config: ReturnType<typeof source>) => config.getOptionalBoolean('key'), { key: 'secret' }],
    ['an object', (config: ReturnType<typeof source>) => config.getOptionalSection('key'), { key: 'secret' }],
    ['a list', (config: ReturnType<typeof source>) => config.getOptionalSections('key'), { key: 'secret' }],
  ])('throws CACHE_CONFIG with the path, but not the value, when the value is not %s', (expected, read, value) => {
    const error = (() => {
      try {
        return read(source(value));
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'CACHE_CONFIG' });
    expect((error as Error).message).toContain(`Invalid configuration at 'backend.cache.key': expected ${expected}`);
    expect((error as Error).message).not.toContain('secret');
  });

  it('throws with the path of the parent that is not an object', () => {
    expect(() => source({ redis: 'x' }).getOptional('redis.client.namespace')).toThrow(
      "'backend.cache.redis': expected an object",
    );
    expect(() => source('redis').getOptional('store')).toThrow("'backend.cache': expected an object");
  });
});

describe('configuration that all stores share', () => {
  it('defaults to the memory store without a default ttl', () => {
    expect(readCacheConfig(source({}))).toEqual({ store: 'memory' });
  });

  it('prefers driver to store', () => {
    expect(readCacheConfig(source({ store: 'redis', driver: 'acme' }))).toEqual({ store: 'acme' });
  });

  it.each([
    [5000, 5000],
    ['1h', 3_600_000],
    ['PT1H', 3_600_000],
    [{ minutes: '5' }, 300_000],
  ])('reads the default ttl %j', (defaultTtl, defaultTtlMs) => {
    expect(readCacheConfig(source({ defaultTtl }))).toEqual({ store: 'memory', defaultTtlMs });
  });

  it('rejects an invalid default ttl with CACHE_CONFIG', () => {
    expect(() => readCacheConfig(source({ defaultTtl: 'hello' }))).toThrow(
      "Invalid duration 'hello' in config at 'backend.cache.defaultTtl'",
    );
    for (const defaultTtl of [0, -1, '0s', { seconds: 0 }, {}, true, '60000', [1]]) {
      expect(() => readCacheConfig(source({ defaultTtl }))).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
    }
  });

  it('rejects a missing or empty connection when the store needs one', () => {
    expect(readConnection(source({ connection: 'acme://host' }), 'acme', 'acme://localhost')).toBe('acme://host');
    for (const connection of [undefined, null, '']) {
      expect(() => readConnection(source({ connection }), 'acme', 'acme://localhost')).toThrow(
        "Missing configuration at 'backend.cache.connection': the store 'acme' needs the address of its server, such as acme://localhost",
      );
    }
  });
});
