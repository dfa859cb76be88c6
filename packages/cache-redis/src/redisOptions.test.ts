import { createConfigSource } from '@greenroom/cache-core';
import { parseRedisOptions } from './redisOptions';

function parse(cache: object) {
  const warnings: string[] = [];
  const options = parseRedisOptions(createConfigSource(cache, 'backend.cache', warning => warnings.push(warning)));
  return { options, warnings };
}

describe('options of the redis store', () => {
  it('need only a connection', () => {
    expect(parse({ store: 'redis', connection: 'redis://localhost:6379' })).toEqual({
      options: { topology: { kind: 'standalone', node: { host: 'localhost', port: 6379 } } },
      warnings: [],
    });
  });

  it('accept the client section as Backstage documents it', () => {
    const client = { namespace: 'my-app', keyPrefixSeparator: '!', clearBatchSize: 10, useUnlink: false };
    expect(parse({ connection: 'rediss://u:p@host/2', redis: { client } }).options).toEqual({
      topology: {
        kind: 'standalone',
        node: { host: 'host', port: 6379, username: 'u', password: 'p', database: 2, tls: {} },
      },
      ...client,
    });
  });

  it('accept numbers, booleans and durations as text from environment variables', () => {
    const client = {
      clearBatchSize: '10',
      useUnlink: 'false',
      namespace: '',
      commandTimeout: '200ms',
      connectTimeout: { seconds: 1 },
    };
    expect(parse({ connection: 'redis://host', redis: { client } }).options).toEqual({
      topology: { kind: 'standalone', node: { host: 'host', port: 6379 } },
      clearBatchSize: 10,
      useUnlink: false,
      commandTimeoutMs: 200,
      connectTimeoutMs: 1000,
    });
  });

  it.each([
    ['a missing connection', {}, 'backend.cache.connection'],
    ['an empty connection', { connection: '' }, 'backend.cache.connection'],
    ['an address without a scheme', { connection: 'secret@localhost:6379' }, 'backend.cache.connection'],
    ['an unknown scheme', { connection: 'http://u:secret@localhost:6379' }, 'backend.cache.connection'],
    ['a database that is not a number', { connection: 'redis://u:secret@localhost/x' }, 'backend.cache.connection'],
    ['a host with a password', { connection: { host: 'u:secret@h:1' } }, 'backend.cache.connection.host'],
    ['a socket.host with a password', { connection: { socket: { host: 'secret@h' } } }, 'connection.socket.host'],
    [
      'a host of a cluster node with a password',
      { connection: 'redis://h', redis: { cluster: { rootNodes: [{ host: 'u:secret@h' }] } } },
      'backend.cache.redis.cluster.rootNodes[0].host',
    ],
    ['a port above 65535', { connection: { host: 'h', port: 65_536 } }, 'backend.cache.connection.port'],
    [
      'a password with an unencoded percent sign',
      { connection: 'redis://u:secret%@localhost' },
      'backend.cache.connection',
    ],
    [
      'clearBatchSize 0',
      { connection: 'redis://h', redis: { client: { clearBatchSize: 0 } } },
      'redis.client.clearBatchSize',
    ],
    [
      'a namespace with a space',
      { connection: 'redis://h', redis: { client: { namespace: 'a b' } } },
      'redis.client.namespace',
    ],
    [
      'commandTimeout 0',
      { connection: 'redis://h', redis: { client: { commandTimeout: 0 } } },
      'redis.client.commandTimeout',
    ],
    [
      'a client section that is a string',
      { connection: 'redis://h', redis: { client: 'x' } },
      'backend.cache.redis.client',
    ],
  ])('reject %s with CACHE_CONFIG, naming the path and no secret', (_what, cache, path) => {
    const error = (() => {
      try {
        return parse(cache);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error).toMatchObject({ code: 'CACHE_CONFIG', message: expect.stringContaining(path) });
    expect(String((error as Error).message)).not.toContain('secret');
    expect((error as Error).cause).toBeUndefined();
  });

  it('accept options without effect, and warn about each', () => {
    const { warnings } = parse({
      connection: 'redis://h',
      useRedisSets: true,
      redis: { client: { noNamespaceAffectsAll: true } },
    });
    expect(warnings).toEqual([
      "'backend.cache.useRedisSets' has no effect and can be removed",
      "'backend.cache.redis.client.noNamespaceAffectsAll' has no effect and can be removed",
    ]);
  });
});
