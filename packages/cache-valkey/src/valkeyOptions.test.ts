import { createConfigSource } from '@greenroom/cache-core';
import { parseValkeyOptions } from './valkeyOptions';

function parse(cache: object) {
  const warnings: string[] = [];
  const options = parseValkeyOptions(createConfigSource(cache, 'backend.cache', warning => warnings.push(warning)));
  return { options, warnings };
}

const standalone = { kind: 'standalone', node: { host: 'host', port: 6379 } };

describe('options of the valkey store', () => {
  it.each(['valkey://host', 'redis://host'])('need only a connection: %s', url => {
    expect(parse({ store: 'valkey', connection: url })).toEqual({ options: { topology: standalone }, warnings: [] });
  });

  it.each(['host', 'host:6379', 'redis://host:6379'])(
    'accept a connection with or without a scheme, as Backstage does: %s',
    connection => {
      expect(parse({ connection }).options.topology).toEqual(standalone);
      expect(parse({ connection: { url: connection } }).options.topology).toEqual(standalone);
    },
  );

  it.each(['valkeys://u:p@host:6380/2', 'rediss://u:p@host:6380/2'])(
    'take TLS, credentials and database from %s',
    url => {
      expect(parse({ connection: url }).options.topology).toEqual({
        kind: 'standalone',
        node: { host: 'host', port: 6380, username: 'u', password: 'p', database: 2, tls: {} },
      });
    },
  );

  it.each(['valkey', 'redis'])('are read from the section %s', section => {
    const client = { namespace: 'my-app', keyPrefixSeparator: '!', clearBatchSize: 10, useUnlink: false };
    const times = { commandTimeout: '200ms', connectTimeout: { seconds: 1 } };
    expect(parse({ connection: 'valkey://host', [section]: { client: { ...client, ...times } } }).options).toEqual({
      topology: standalone,
      ...client,
      commandTimeoutMs: 200,
      connectTimeoutMs: 1000,
    });
  });

  it.each(['valkey', 'redis'])(
    'take a cluster from the section %s, with nodes as a URL or as host and port',
    section => {
      const cluster = {
        rootNodes: [{ url: 'valkey://one:1' }, { host: 'two', port: 2 }],
        defaults: { username: 'u', password: 'p', tls: { servername: 'node' } },
        minimizeConnections: true,
        useReplicas: true,
        maxCommandRedirections: 3,
      };
      expect(parse({ [section]: { cluster } }).options.topology).toMatchObject({
        kind: 'cluster',
        rootNodes: [
          { host: 'one', port: 1 },
          { host: 'two', port: 2 },
        ],
        access: { username: 'u', password: 'p', tls: { servername: 'node' } },
        minimizeConnections: true,
        useReplicas: true,
        maxCommandRedirections: 3,
      });
    },
  );

  it.each(['valkey', 'redis'])('take sentinels from the section %s', section => {
    const sentinel = { name: 'mymaster', rootNodes: [{ host: 'one', port: 26379 }] };
    expect(parse({ [section]: { sentinel } }).options.topology).toMatchObject({ kind: 'sentinel', name: 'mymaster' });
  });

  it('ignore the section redis when there is a section valkey', () => {
    const redis = { client: { namespace: 'other' }, cluster: { rootNodes: [{ host: 'other' }] } };
    const valkey = { client: { clearBatchSize: 10 } };
    expect(parse({ connection: 'valkey://host', redis, valkey }).options).toEqual({
      topology: standalone,
      clearBatchSize: 10,
    });
  });

  it.each([
    ['where Backstage reads it', { client: { keyPrefix: 'my-app:' } }],
    ['where Backstage documents it', { keyPrefix: 'my-app:' }],
    ['in both places', { keyPrefix: 'my-app:', client: { keyPrefix: 'my-app:' } }],
  ])('start every key with keyPrefix when it is given %s', (_where, valkey) => {
    const { namespace, keyPrefixSeparator } = parse({ connection: 'valkey://host', valkey }).options;
    expect(`${namespace}${keyPrefixSeparator}`).toBe('my-app:');
  });

  it.each([
    ['a missing connection', {}, 'backend.cache.connection'],
    ['an unknown scheme', { connection: 'http://u:secret@localhost:6379' }, 'backend.cache.connection'],
    ['clearBatchSize 0', { valkey: { client: { clearBatchSize: 0 } } }, 'backend.cache.valkey.client.clearBatchSize'],
    [
      'clearBatchSize 0 in the section redis',
      { redis: { client: { clearBatchSize: 0 } } },
      'backend.cache.redis.client.clearBatchSize',
    ],
    [
      'keyPrefix and namespace together',
      { valkey: { client: { keyPrefix: 'a:', namespace: 'a' } } },
      'backend.cache.valkey.client.keyPrefix',
    ],
    [
      'keyPrefix and keyPrefixSeparator together',
      { valkey: { keyPrefix: 'a:', client: { keyPrefixSeparator: '!' } } },
      'backend.cache.valkey.keyPrefix',
    ],
    [
      'two different values of keyPrefix',
      { valkey: { keyPrefix: 'a:', client: { keyPrefix: 'b:' } } },
      'backend.cache.valkey.keyPrefix',
    ],
    [
      'a keyPrefix with a space',
      { valkey: { client: { keyPrefix: 'a b:' } } },
      'backend.cache.valkey.client.keyPrefix',
    ],
  ])('reject %s with CACHE_CONFIG, naming the path and no secret', (_what, cache, path) => {
    const connection = path.endsWith('connection') ? {} : { connection: 'valkey://u:secret@host' };
    const failure = (() => {
      try {
        return parse({ ...connection, ...cache });
      } catch (error) {
        return error as Error;
      }
    })();
    expect(failure).toMatchObject({ code: 'CACHE_CONFIG', message: expect.stringContaining(path) });
    expect(String((failure as Error).message)).not.toContain('secret');
  });
});
