import { createCacheManager, createConfigSource, isCacheError, readCacheConfig } from '@greenroom/cache-core';
import fc from 'fast-check';
import { findDriver } from '../drivers/findDriver';

const SECRET = 'hunter2!';
const CLOSED_PORT = 1;
/** No new round starts after this time, on a slow machine. */
const ROUNDS_MS = 10_000;

const stores = ['memory', 'redis', 'memcache'];
const clientKeys = [
  'namespace',
  'keyPrefixSeparator',
  'clearBatchSize',
  'useUnlink',
  'commandTimeout',
  'connectTimeout',
];
const nodeKeys = [
  ...['url', 'host', 'port', 'username', 'password', 'database', 'db', 'tls', 'socket', 'commandsQueueMaxLength'],
  ...['tls.ca', 'tls.cert', 'tls.key', 'tls.passphrase', 'tls.servername', 'tls.rejectUnauthorized'],
  ...['socket.host', 'socket.port', 'socket.tls', 'socket.ca', 'socket.servername', 'socket.reconnectStrategy'],
];
const clusterKeys = ['rootNodes', 'defaults', 'minimizeConnections', 'useReplicas', 'maxCommandRedirections'];
/** Every path that is read, with its parents. */
const paths = [
  ...['driver', 'store', 'defaultTtl', 'connection', 'useRedisSets', 'memory', 'redis', 'memcache', 'client'],
  ...['maxTtl', 'near', 'near.enabled', 'near.maxStaleness', 'near.maxBytes', 'plugin', 'plugin.catalog'],
  ...['enabled', 'defaultTtl', 'maxTtl', 'maxValueBytes', 'near', 'encrypt'].map(key => `plugin.catalog.${key}`),
  ...['encryption', 'encryption.keys', 'encryption.keys.0', 'encryption.keys.0.secret'],
  ...['memory.maxBytes', 'memory.maxEntries', 'memory.client', 'memory.client.namespace'],
  ...nodeKeys.map(key => `connection.${key}`),
  ...['redis.client', 'redis.cluster', 'redis.sentinel', 'memcache.client', 'memcache.client.maxValueBytes'],
  ...clientKeys.flatMap(key => [`redis.client.${key}`, `memcache.client.${key}`]),
  ...clusterKeys.map(key => `redis.cluster.${key}`),
  ...nodeKeys.flatMap(key => [`redis.cluster.rootNodes.0.${key}`, `redis.cluster.defaults.${key}`]),
  ...['name', 'rootNodes', 'defaults', 'sentinelDefaults'].map(key => `redis.sentinel.${key}`),
  ...nodeKeys.map(key => `redis.sentinel.rootNodes.0.${key}`),
  ...['__proto__', 'constructor', 'toString', 'redis.__proto__', 'connection.__proto__', 'redis.client.constructor'],
];

const address = `127.0.0.1:${CLOSED_PORT}`;
const texts = fc.constantFrom(
  ...[
    '',
    ' ',
    '0',
    '1',
    'true',
    'no',
    '1h',
    'PT1H',
    '-1h',
    '%',
    '%zz',
    '\0',
    '\r\n',
    '日本',
    '\ud800',
    'memory',
    'redis',
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'NaN', 'Infinity', '1e999', '0x10', 'x'.repeat(10_000)],
  ...[address, `redis://${address}`, `rediss://${address}`, `redis://user:${SECRET}@${address}/0`, 'redis://'],
  ...[
    `redis://:${SECRET}%@${address}`,
    `redis://${SECRET}@:0`,
    `redis://u:${SECRET}@[`,
    `http://u:${SECRET}@${address}`,
  ],
  ...[`u:${SECRET}@${address}`, `memcaches://u:${SECRET}@${address}`, `u:${SECRET}@${address},127.0.0.2:99999`, SECRET],
  ...[`${SECRET} ${SECRET}`, `redis://u:${SECRET}@127.0.0.1:99999`, `redis://127.0.0.1/${SECRET}`, '127.0.0.1', '::1'],
);
const numbers = fc.constantFrom(0, 1, -1, 1.5, 1e-9, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, -1e300, CLOSED_PORT);
const { value: values } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    texts,
    numbers,
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'url',
        'host',
        'port',
        'password',
        'hours',
        'client',
        'ca',
        'rootNodes',
        'name',
        '__proto__',
        '0',
      ),
      tie('value'),
      { maxKeys: 3 },
    ),
  ),
}));

/** Returns a copy of the configuration with a value at a path, as own properties only. */
function put(config: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown {
  const isList = Array.isArray(config) || name === '0';
  const before = typeof config === 'object' && config !== null ? Object.entries(config) : [];
  const inside = before.find(([key]) => key === name)?.[1] as unknown;
  const entries = [
    ...before.filter(([key]) => key !== name),
    [name, rest.length > 0 ? put(inside, rest, value) : value],
  ];
  return isList ? entries.map(([, each]) => each as unknown) : Object.fromEntries(entries as [string, unknown][]);
}

const configs = fc
  .tuple(
    fc.constantFrom(...stores),
    fc.constantFrom(`redis://u:${SECRET}@${address}`, `u:${SECRET}@${address}`, {
      url: `redis://${address}`,
      password: SECRET,
    }),
    fc.array(fc.tuple(fc.constantFrom(...paths), values), { minLength: 1, maxLength: 4 }),
  )
  .map(([store, connection, changes]) =>
    changes.reduce<unknown>((config, [path, value]) => put(config, path.split('.'), value), { store, connection }),
  );

interface Outcome {
  readonly error?: unknown;
  /** Every text that an operator or a log could see. */
  readonly texts: readonly string[];
}

/** Does what a backend does: reads the configuration, uses the cache, and shuts down. */
async function use(config: unknown): Promise<Outcome> {
  const seen: string[] = [];
  try {
    const source = createConfigSource(config, 'backend.cache', text => seen.push(text));
    const { store, defaultTtlMs } = readCacheConfig(source);
    const driver = await findDriver(store, []);
    const driverOptions = driver.parseOptions(source);
    const manager = createCacheManager({
      driver,
      driverOptions,
      observer: {
        onOperation: ({ error }) => error && seen.push(error.message),
        onStateChange: change => 'error' in change && change.error && seen.push(change.error.message),
      },
      ...(defaultTtlMs !== undefined && { defaultTtl: defaultTtlMs }),
    });
    const cache = manager.forPlugin('catalog');
    const operations = [cache.set('key', 'value'), cache.get('key'), cache.delete('key')];
    await new Promise(resolve => setTimeout(resolve, 2));
    await manager.close();
    await Promise.all(operations);
    return { texts: seen };
  } catch (error) {
    return { error, texts: [...seen, String(error)] };
  }
}

describe('an arbitrary configuration', () => {
  it('works or fails with CACHE_CONFIG, and leaks no secret or unhandled error', async () => {
    const strays: unknown[] = [];
    const onStray = (error: unknown) => strays.push(error);
    process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
    try {
      const endMs = performance.now() + ROUNDS_MS;
      await fc.assert(
        fc.asyncProperty(configs, async config => {
          if (performance.now() > endMs) return;
          const { error, texts: seen } = await use(config);
          if (error !== undefined) {
            expect(isCacheError(error, 'CACHE_CONFIG') ? 'CACHE_CONFIG' : error).toBe('CACHE_CONFIG');
            expect((error as Error).message).toContain('backend.cache');
          }
          expect(seen.filter(text => text.includes(SECRET))).toEqual([]);
          expect(strays).toEqual([]);
          expect(({} as Record<string, unknown>).url).toBeUndefined();
        }),
        { numRuns: 1500 },
      );
    } finally {
      process.off('uncaughtException', onStray).off('unhandledRejection', onStray);
    }
  });
});
