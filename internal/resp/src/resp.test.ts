import { createConfigSource } from '@greenroom/cache-core';
import { toClusterSlot } from './clusterSlot';
import { toGlobPattern } from './globPattern';
import { fromConnectionError, fromErrorReply, readTopology } from './index';
import { toReconnectDelayMs } from './reconnectDelay';

function read(cache: object) {
  const warnings: string[] = [];
  const config = createConfigSource(cache, 'backend.cache', text => warnings.push(text));
  return { topology: readTopology(config, 'redis', 'redis'), warnings };
}

function failureOf(cache: object): Error {
  try {
    read(cache);
  } catch (error) {
    return error as Error;
  }
  throw new Error('It was accepted');
}

describe('where the servers are', () => {
  it('is an object with the options that Backstage hands to its client', () => {
    const connection = {
      url: 'redis://localhost:6380/1',
      username: 'backstage',
      password: 'secret',
      pingInterval: 3000,
      socket: { tls: true, ca: 'PEM', rejectUnauthorized: false },
    };
    expect(read({ connection })).toEqual({
      topology: {
        kind: 'standalone',
        node: {
          ...{ host: 'localhost', port: 6380, database: 1, username: 'backstage', password: 'secret' },
          tls: { ca: 'PEM', rejectUnauthorized: false },
        },
      },
      warnings: ["'backend.cache.connection.pingInterval' has no effect and can be removed"],
    });
  });

  it('is an IPv6 address too', () => {
    expect(read({ connection: 'redis://[::1]:6380' }).topology).toMatchObject({ node: { host: '::1', port: 6380 } });
  });

  it('is a cluster whose credentials and TLS come from the first root node and from defaults', () => {
    const cluster = {
      rootNodes: [{ url: 'rediss://user:secret@one:1' }, { host: 'two', port: 2 }, { socket: { host: 'three' } }],
      defaults: { password: 'other' },
      useReplicas: true,
      maxCommandRedirections: 3,
    };
    expect(read({ redis: { cluster } }).topology).toMatchObject({
      kind: 'cluster',
      rootNodes: [{ host: 'one' }, { host: 'two', port: 2 }, { host: 'three', port: 6379 }],
      access: { username: 'user', password: 'other', tls: {} },
      useReplicas: true,
      maxCommandRedirections: 3,
    });
  });

  it('is the server of the connection when a cluster has no root nodes, with a warning', () => {
    expect(read({ connection: 'redis://host', redis: { cluster: { defaults: {} } } })).toEqual({
      topology: { kind: 'standalone', node: { host: 'host', port: 6379 } },
      warnings: [
        "'backend.cache.redis.cluster' has no 'rootNodes', so the server of 'connection' is used without a cluster",
      ],
    });
  });

  it.each([
    [{ connection: { password: 'secret' } }, 'backend.cache.connection.url'],
    [{ connection: { url: 'secret' } }, 'backend.cache.connection.url'],
    [{ connection: { url: 'redis://h', reconnectStrategy: 'secret' } }, 'backend.cache.connection.reconnectStrategy'],
    [
      { connection: { url: 'redis://h', socket: { socketTimeout: 1 } } },
      'backend.cache.connection.socket.socketTimeout',
    ],
    [{ connection: ['secret'] }, 'backend.cache.connection'],
    [{ connection: 42 }, 'backend.cache.connection'],
    [{ redis: { cluster: { rootNodes: [] } } }, 'backend.cache.redis.cluster.rootNodes'],
    [{ redis: { cluster: { rootNodes: [{ url: 'secret' }] } } }, 'backend.cache.redis.cluster.rootNodes[0].url'],
    [{ redis: { cluster: { rootNodes: [{ url: 'redis://h/1' }] } } }, 'backend.cache.redis.cluster.defaults.database'],
    [{ redis: { sentinel: { rootNodes: [{ host: 'h' }] } } }, 'backend.cache.redis.sentinel.name'],
    [{ redis: { sentinel: { name: 'm' } } }, 'backend.cache.redis.sentinel.rootNodes'],
  ])('is refused when it is wrong, by its path and without a secret: %j', (cache, path) => {
    const error = failureOf(cache);
    expect(error).toMatchObject({ code: 'CACHE_CONFIG', message: expect.stringContaining(path) });
    expect(error.message).not.toContain('secret');
  });
});

describe('errors', () => {
  it('show of a reply only its first word', () => {
    const reply = "ERR unknown command 'AUTH', with args beginning with: 'hunter2'";
    expect(fromErrorReply('Redis', reply, undefined)).toMatchObject({
      code: 'CACHE_REFUSED',
      message: 'Redis refused the command (ERR)',
    });
    expect(fromErrorReply('Redis', 'WRONGPASS invalid', undefined).code).toBe('CACHE_AUTH');
  });

  it.each([
    ['OOM command not allowed', 'CACHE_FULL'],
    ['READONLY You cannot write', 'CACHE_READ_ONLY'],
    ['MISCONF Redis is configured', 'CACHE_READ_ONLY'],
    ['NOREPLICAS Not enough', 'CACHE_READ_ONLY'],
    ['LOADING Redis is loading', 'CACHE_UNAVAILABLE'],
    ['CLUSTERDOWN The cluster is down', 'CACHE_UNAVAILABLE'],
    ['NOPERM this user', 'CACHE_AUTH'],
  ])('that is %s has the code %s', (reply, code) => {
    expect(fromErrorReply('Redis', reply, undefined).code).toBe(code);
  });

  it('of a connection show the first reason, also when each address of a host has one', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
    const message = 'Redis cannot be reached (ECONNREFUSED)';
    expect(fromConnectionError('Redis', refused).message).toBe(message);
    expect(fromConnectionError('Redis', new AggregateError([refused, refused])).message).toBe(message);
  });
});

describe('the slot of a key', () => {
  // From the cluster specification, and CLUSTER KEYSLOT of a server.
  it.each([
    ['123456789', 12739],
    ['', 0],
    ['foo', 12182],
    ['{user1000}.following', 3443],
    ['{user1000}.followers', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
  ])('of %j is %i', (key, slot) => {
    expect(toClusterSlot(key)).toBe(slot);
  });
});

describe('small things', () => {
  it('escape what is special in a pattern', () => {
    expect(toGlobPattern('a[1]*?\\:')).toBe('a\\[1\\]\\*\\?\\\\:*');
  });

  it('wait longer for each attempt, up to half a second', () => {
    for (let attempt = 0; attempt < 2000; attempt++) {
      const delayMs = toReconnectDelayMs(attempt);
      expect(delayMs).toBeGreaterThan(0);
      expect(delayMs).toBeLessThanOrEqual(500);
    }
  });
});
