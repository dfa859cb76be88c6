import { createConfigSource } from '@greenroom/cache-core';
import { readTopology } from './topology';

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

describe('readTopology', () => {
  it('accepts a connection object with the client options of Backstage, and warns about pingInterval', () => {
    const connection = {
      url: 'redis://localhost:6380/1',
      username: 'backstage',
      password: 'secret',
      pingInterval: 3000,
      socket: { tls: true, servername: 'redis', rejectUnauthorized: false },
    };
    expect(read({ connection })).toEqual({
      topology: {
        kind: 'standalone',
        node: {
          ...{ host: 'localhost', port: 6380, database: 1, username: 'backstage', password: 'secret' },
          tls: { servername: 'redis', rejectUnauthorized: false },
        },
      },
      warnings: ["'backend.cache.connection.pingInterval' has no effect and can be removed"],
    });
  });

  it('accepts an IPv6 address', () => {
    expect(read({ connection: 'redis://[::1]:6380' }).topology).toMatchObject({ node: { host: '::1', port: 6380 } });
  });

  it('reads a cluster, and overrides credentials of the first root node with those of defaults', () => {
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

  it('takes TLS settings from defaults when only a root node turns TLS on', () => {
    const nodes = [{ url: 'rediss://one' }, { url: 'rediss://two', tls: { servername: 'second' } }];
    const defaults = { socket: { servername: 'all', rejectUnauthorized: false } };
    expect(read({ redis: { cluster: { rootNodes: nodes, defaults } } }).topology).toMatchObject({
      access: { tls: { servername: 'all', rejectUnauthorized: false } },
    });
    const sentinel = { name: 'master', rootNodes: nodes, sentinelDefaults: defaults };
    expect(read({ redis: { sentinel } }).topology).toMatchObject({
      rootNodes: [
        { host: 'one', tls: { servername: 'all', rejectUnauthorized: false } },
        { host: 'two', tls: { servername: 'second', rejectUnauthorized: false } },
      ],
      access: {},
    });
  });

  it('accepts a repeated setting without a warning when both values are the same', () => {
    const connection = {
      ...{ url: 'redis://user:pass@host:6380/1', host: 'host', port: 6380, username: 'user', password: 'pass' },
      ...{ db: 1, socket: { host: 'host', port: '6380' } },
    };
    const node = { host: 'host', port: 6380, username: 'user', password: 'pass', database: 1 };
    expect(read({ connection })).toEqual({ topology: { kind: 'standalone', node }, warnings: [] });
    const inParts = { url: 'redis://host', port: 6380, username: 'user', password: 'pass', database: 1 };
    expect(read({ connection: inParts })).toEqual({ topology: { kind: 'standalone', node }, warnings: [] });
  });

  it('ignores client options without effect, and warns about each with its reason if there is one', () => {
    const connection = {
      url: 'redis://h',
      ...{ disableOfflineQueue: false, commandsQueueMaxLength: 10, commandOptions: { timeout: 5 }, keyPrefix: 'x:' },
      socket: { reconnectStrategy: 1000, socketTimeout: 1, keepAlive: true },
    };
    const { topology, warnings } = read({ connection });
    expect(topology).toEqual({ kind: 'standalone', node: { host: 'h', port: 6379 } });
    const reasons = {
      disableOfflineQueue: 'no operation waits for a connection',
      commandsQueueMaxLength: 'the commands in flight are bounded already',
      commandOptions: "an operation may take as long as 'client.commandTimeout' says",
      keyPrefix: "keys begin with 'client.namespace'",
      'socket.reconnectStrategy': 'a lost connection is retried for ever, at most half a second apart',
      'socket.socketTimeout': 'pings detect a silent connection',
      'socket.keepAlive': undefined,
    };
    expect(warnings).toEqual(
      Object.entries(reasons).map(
        ([key, reason]) =>
          `'backend.cache.connection.${key}' has no effect and can be removed${reason === undefined ? '' : `: ${reason}`}`,
      ),
    );
  });

  it('warns about a URL parameter that other clients ignore', () => {
    expect(read({ connection: 'redis://h?db=2&tls=true' })).toEqual({
      topology: { kind: 'standalone', node: { host: 'h', port: 6379, database: 2, tls: {} } },
      warnings: [
        "'backend.cache.connection' has a parameter 'db', which some clients ignore: better use a path, such as /2",
        "'backend.cache.connection' has a parameter 'tls', which some clients ignore: better use the scheme, such as rediss",
      ],
    });
    expect(read({ connection: 'unix:/run/s?db=2' }).warnings).toEqual([]);
  });

  it.each(['constructor', '__proto__', 'toString', 'keyPrefix'])(
    'throws and names the option path for the URL parameter %s',
    name => {
      expect(failureOf({ connection: `redis://h?${name}=1` }).message).toContain('backend.cache.connection');
    },
  );

  it('warns about a URL parameter without effect', () => {
    expect(read({ connection: 'redis://h?family=6' })).toEqual({
      topology: { kind: 'standalone', node: { host: 'h', port: 6379 } },
      warnings: ["'backend.cache.connection' has a parameter 'family' that has no effect and can be removed"],
    });
  });

  it('uses socket.path instead of the host in the URL, with a warning', () => {
    const connection = { url: 'redis://:pass@placeholder/2', socket: { path: '/run/redis.sock' } };
    expect(read({ connection })).toEqual({
      topology: { kind: 'standalone', node: { path: '/run/redis.sock', password: 'pass', database: 2 } },
      warnings: [
        "'backend.cache.connection.url' has a host that is not used, since the server is at the socket '/run/redis.sock'",
      ],
    });
  });

  it.each(['a/b', 'a#b', 'a?b', 'a%b', '42#x', '42?x'])(
    'throws with a hint at percent-encoding when the password is %s',
    password => {
      for (const connection of [`redis://user:${password}@host`, { url: `redis://user:${password}@host` }]) {
        expect(failureOf({ connection }).message).toMatch(/backend\.cache\.connection.*percent-encoded/);
      }
    },
  );

  it('uses the server of connection, with a warning, when the cluster has no rootNodes', () => {
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
    [{ connection: { url: 'redis://u:secret@h/1?keyPrefix=x' } }, 'backend.cache.connection.url'],
    [{ connection: { url: 'redis://h', host: 'other' } }, 'backend.cache.connection.host'],
    [{ connection: { host: 'h', socket: { host: 'other' } } }, 'backend.cache.connection.socket.host'],
    [{ connection: { url: 'redis://h:1', socket: { port: 2 } } }, 'backend.cache.connection.socket.port'],
    [{ connection: { url: 'redis://h/1', database: 2 } }, 'backend.cache.connection.database'],
    [{ connection: { url: 'redis://h', database: 1, db: 2 } }, 'backend.cache.connection.db'],
    [{ connection: { url: 'redis://u:secret@h', password: 'secret2' } }, 'backend.cache.connection.password'],
    [{ connection: { url: 'redis://u:secret@h', username: 'v' } }, 'backend.cache.connection.username'],
    [{ connection: { url: 'rediss://:secret@h', tls: false } }, 'backend.cache.connection.tls'],
    [{ connection: { path: 'relative.sock' } }, 'backend.cache.connection.path'],
    [{ connection: { socket: { path: '/s/' } } }, 'backend.cache.connection.socket.path'],
    [{ connection: { host: 'h', path: '/s' } }, 'backend.cache.connection.host'],
    [{ connection: { url: 'unix:/s', socket: { path: '/t' } } }, 'backend.cache.connection.socket.path'],
    [{ connection: { url: 'unix:/s', port: 6379 } }, 'backend.cache.connection.port'],
    [{ redis: { cluster: { rootNodes: [{ url: 'unix:/s' }] } } }, 'backend.cache.redis.cluster.rootNodes[0]'],
    [
      { redis: { cluster: { rootNodes: [{ host: 'h' }], defaults: { socket: { path: '/s' } } } } },
      'backend.cache.redis.cluster.defaults.socket.path',
    ],
    [
      { redis: { sentinel: { name: 'm', rootNodes: [{ socket: { path: '/s' } }] } } },
      'backend.cache.redis.sentinel.rootNodes[0]',
    ],
    [{ connection: ['secret'] }, 'backend.cache.connection'],
    [{ connection: 42 }, 'backend.cache.connection'],
    [{ redis: { cluster: { rootNodes: [] } } }, 'backend.cache.redis.cluster.rootNodes'],
    [{ redis: { cluster: { rootNodes: [{ url: 'secret' }] } } }, 'backend.cache.redis.cluster.rootNodes[0].url'],
    [{ redis: { cluster: { rootNodes: [{ url: 'redis://h/1' }] } } }, 'backend.cache.redis.cluster.defaults.database'],
    [{ redis: { sentinel: { rootNodes: [{ host: 'h' }] } } }, 'backend.cache.redis.sentinel.name'],
    [{ redis: { sentinel: { name: 'm' } } }, 'backend.cache.redis.sentinel.rootNodes'],
  ])('throws CACHE_CONFIG with the option path and without a secret: %j', (cache, path) => {
    const error = failureOf(cache);
    expect(error).toMatchObject({ code: 'CACHE_CONFIG', message: expect.stringContaining(path) });
    expect(error.message).not.toContain('secret');
  });
});
