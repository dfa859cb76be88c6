import { createConfigSource } from '@greenroom/cache-core';
import { createMemcacheDriver } from '../memcacheDriver';
import { parseMemcacheOptions } from './memcacheOptions';

function parse(cache: object) {
  const warnings: string[] = [];
  const options = parseMemcacheOptions(createConfigSource(cache, 'backend.cache', warning => warnings.push(warning)));
  return { options, warnings };
}

const localhost = { host: 'localhost', port: 11211 };

describe('options of the memcache store', () => {
  it('need only a connection', () => {
    expect(parse({ store: 'memcache', connection: 'localhost:11211' })).toEqual({
      options: { servers: [localhost] },
      warnings: [],
    });
  });

  it.each([
    ['localhost', [localhost]],
    ['memcache://localhost:11211', [localhost]],
    ['memcached://localhost', [localhost]],
    ['127.0.0.1:11212', [{ host: '127.0.0.1', port: 11212 }]],
    ['my_cache.example-1.org', [{ host: 'my_cache.example-1.org', port: 11211 }]],
    ['[::1]:11212', [{ host: '::1', port: 11212 }]],
    ['[2001:db8::1]', [{ host: '2001:db8::1', port: 11211 }]],
    [
      'cache-1:11211, cache-2:11212',
      [
        { host: 'cache-1', port: 11211 },
        { host: 'cache-2', port: 11212 },
      ],
    ],
    ['localhost,localhost:11211', [localhost]],
    ['localhost:11211/', [localhost]],
    ['localhost:11211,', [localhost]],
    ['memcache://localhost:11211/', [localhost]],
    ['MEMCACHE://localhost', [localhost]],
    ['Memcached://localhost:11211/,', [localhost]],
    [
      'memcache://one:1/,memcache://two:2/',
      [
        { host: 'one', port: 1 },
        { host: 'two', port: 2 },
      ],
    ],
    ['unix:11212', [{ host: 'unix', port: 11212 }]],
    ['unix:/run/memcached.sock', [{ path: '/run/memcached.sock' }]],
    ['unix:///run/memcached.sock', [{ path: '/run/memcached.sock' }]],
    ['UNIX:/run/Memcached.sock', [{ path: '/run/Memcached.sock' }]],
    ['memcache+unix:/run/memcached.sock', [{ path: '/run/memcached.sock' }]],
    ['memcached+unix:///run/memcached.sock', [{ path: '/run/memcached.sock' }]],
    ['/run/memcached.sock', [{ path: '/run/memcached.sock' }]],
    ['unix:/run/a%20b%2Cc%40d%23%25.sock', [{ path: '/run/a b,c@d#%.sock' }]],
    ['localhost, unix:/run/1.sock, /run/2.sock', [localhost, { path: '/run/1.sock' }, { path: '/run/2.sock' }]],
  ])('contain the servers of %s', (connection, servers) => {
    expect(parse({ connection }).options).toEqual({ servers });
  });

  it.each([
    ['bob:pass@localhost', 'bob', 'pass'],
    ['memcache://bob:pass@localhost', 'bob', 'pass'],
    ['b%40b:p%3A%2C%2F%25@localhost', 'b@b', 'p:,/%'],
    ['bob:p@ss:word@localhost', 'bob', 'p@ss:word'],
    ['bob:pass$&@localhost', 'bob', 'pass$&'],
  ])('contain the user name and password of %s', (connection, username, password) => {
    expect(parse({ connection }).options).toEqual({ servers: [localhost], credentials: { username, password } });
  });

  it.each([
    ['bob:pass@one:1,bob:pass@two:2', 'bob', undefined],
    ['bob:pass@one:1,two:2', 'bob', undefined],
    ['bob:pass@one:1,eve:word@two:2', 'bob', { username: 'eve', password: 'word' }],
    ['bob:pass@one:1,bob:word@two:2', 'bob', { username: 'bob', password: 'word' }],
    ['one:1,eve:word@two:2', undefined, { username: 'eve', password: 'word' }],
  ])('contain the credentials of each server in %s', (connection, username, ofTwo) => {
    expect(parse({ connection }).options).toEqual({
      servers: [
        { host: 'one', port: 1 },
        { host: 'two', port: 2, ...(ofTwo && { credentials: ofTwo }) },
      ],
      ...(username !== undefined && { credentials: { username, password: 'pass' } }),
    });
  });

  it.each(['unix:bob:p%40ss@/run/1.sock', 'memcache+unix://bob:p%40ss@/run/1.sock'])(
    'contain the credentials of the socket %s',
    connection => {
      expect(parse({ connection }).options).toEqual({
        servers: [{ path: '/run/1.sock' }],
        credentials: { username: 'bob', password: 'p@ss' },
      });
    },
  );

  it.each([
    [{ socket: { path: '/run/1.sock' } }, {}],
    [{ url: 'localhost', socket: { path: '/run/1.sock' } }, {}],
    [{ url: '/run/1.sock', socket: { path: '/run/1.sock' } }, {}],
    [
      { url: 'bob:pass@placeholder:1', socket: { path: '/run/1.sock' } },
      { credentials: { username: 'bob', password: 'pass' } },
    ],
    [
      { socket: { path: '/run/1.sock' }, username: 'bob', password: 'pass', tls: true },
      { credentials: { username: 'bob', password: 'pass' }, tls: {} },
    ],
  ])('use the socket path of %j', (connection, more) => {
    expect(parse({ connection })).toEqual({ options: { servers: [{ path: '/run/1.sock' }], ...more }, warnings: [] });
  });

  it('apply credentials and TLS to all servers', () => {
    expect(parse({ connection: 'memcaches://bob:pass@one,two:1' }).options).toEqual({
      servers: [
        { host: 'one', port: 11211 },
        { host: 'two', port: 1 },
      ],
      credentials: { username: 'bob', password: 'pass' },
      tls: {},
    });
  });

  it.each([
    [{ tls: true }, { tls: {} }],
    [{ tls: 'false' }, {}],
    [
      { tls: { servername: 'cache', rejectUnauthorized: false } },
      { tls: { servername: 'cache', rejectUnauthorized: false } },
    ],
    [{ username: 'bob', password: 'p,ss@word' }, { credentials: { username: 'bob', password: 'p,ss@word' } }],
    [{ password: 'pass' }, { credentials: { username: 'url', password: 'pass' } }, 'url:password@'],
  ])('accept a connection object with %j', (more, expected, login = '') => {
    expect(parse({ connection: { url: `${login}localhost`, ...more } }).options).toEqual({
      servers: [localhost],
      ...expected,
    });
  });

  it('accept a numeric string and durations in the client section', () => {
    const client = { maxValueBytes: '2096128', commandTimeout: '200ms', connectTimeout: { seconds: 1 } };
    expect(parse({ connection: 'localhost', memcache: { client } })).toEqual({
      options: { servers: [localhost], maxValueBytes: 2_096_128, commandTimeoutMs: 200, connectTimeoutMs: 1000 },
      warnings: [],
    });
  });

  it.each([
    ['a missing connection', {}, 'backend.cache.connection'],
    ['an empty connection', { connection: '' }, 'backend.cache.connection'],
    ['a connection that is a number', { connection: 11211 }, 'backend.cache.connection'],
    ['a connection object without a url', { connection: { password: 'secret' } }, 'backend.cache.connection.url'],
    ['an unknown scheme', { connection: 'redis://bob:secret@localhost' }, 'backend.cache.connection'],
    ['a port that is not a number', { connection: 'bob:secret@localhost:port' }, 'backend.cache.connection'],
    ['port 0', { connection: 'bob:secret@localhost:0' }, 'backend.cache.connection'],
    ['a port above 65535', { connection: 'bob:secret@localhost:65536' }, 'backend.cache.connection'],
    ['a path after the host', { connection: 'bob:secret@localhost/0' }, 'backend.cache.connection'],
    ['an IPv6 address without brackets', { connection: 'bob:secret@2001:db8::1' }, 'backend.cache.connection'],
    ['an empty address between commas', { connection: 'bob:secret@one,,two' }, 'backend.cache.connection'],
    ['two commas at the end', { connection: 'bob:secret@one,,' }, 'backend.cache.connection'],
    ['only a comma', { connection: ',' }, 'backend.cache.connection'],
    ['two slashes at the end', { connection: 'bob:secret@localhost//' }, 'backend.cache.connection'],
    ['a query', { connection: 'bob:secret@localhost?tls=true' }, 'backend.cache.connection'],
    ['a query after a slash', { connection: 'memcache://localhost/?secret' }, 'backend.cache.connection'],
    ['a fragment', { connection: 'bob:secret@localhost#secret' }, 'backend.cache.connection'],
    ['a password with an unencoded #', { connection: 'bob:secret#x@localhost' }, 'backend.cache.connection'],
    ['a password with an unencoded ?', { connection: 'bob:secret?x@localhost' }, 'backend.cache.connection'],
    ['a password with an unencoded @/', { connection: 'bob:a@/secret@localhost' }, 'backend.cache.connection'],
    ['a query after a socket path', { connection: 'unix:/run/1.sock?secret' }, 'backend.cache.connection'],
    [
      'an unencoded @/ before a socket path',
      { connection: 'unix:bob:a@/secret@/run/1.sock' },
      'backend.cache.connection',
    ],
    [
      'a user name without a password before a socket path',
      { connection: 'unix:secret@/run/1.sock' },
      'backend.cache.connection',
    ],
    ['a unix: URL without a path', { connection: 'unix:/' }, 'backend.cache.connection'],
    ['a unix: URL with a relative path', { connection: 'unix:secret.sock' }, 'backend.cache.connection'],
    ['a socket path with a line feed', { connection: 'unix:/run/%0Asecret' }, 'backend.cache.connection'],
    ['a socket path that is too long', { connection: `unix:/${'secret'.repeat(18)}` }, 'backend.cache.connection'],
    ['TLS for the second server only', { connection: 'one,memcaches://bob:secret@two' }, 'backend.cache.connection'],
    [
      'TLS for the first server only',
      { connection: 'memcaches://one,memcache://bob:secret@two' },
      'backend.cache.connection',
    ],
    ['a server with two passwords', { connection: 'a:b@one,c:secret@two,c:1@two' }, 'backend.cache.connection'],
    [
      'two different socket paths',
      { connection: { url: 'unix:/secret.sock', socket: { path: '/run/1.sock' } } },
      'backend.cache.connection.socket.path',
    ],
    [
      'a socket path beside several servers',
      { connection: { url: 'one,two', socket: { path: '/run/1.sock' } } },
      'backend.cache.connection.socket.path',
    ],
    [
      'a relative socket.path',
      { connection: { socket: { path: 'secret.sock' } } },
      'backend.cache.connection.socket.path',
    ],
    [
      'credentials of one server that differ from the common ones',
      { connection: { url: 'a:b@one,c:secret@two', username: 'a', password: 'b' } },
      'backend.cache.connection.url',
    ],
    ['a host name with an invalid character', { connection: 'secret!' }, 'backend.cache.connection'],
    ['a host name that is not ASCII', { connection: 'bob:secret@日本' }, 'backend.cache.connection'],
    ['spaces in an address', { connection: 'bob:secret@local host' }, 'backend.cache.connection'],
    ['a password with an unencoded comma', { connection: 'bob:1,secret@localhost' }, 'backend.cache.connection'],
    ['a password with an unencoded slash', { connection: 'bob:secret/x@localhost' }, 'backend.cache.connection'],
    ['a password with an unencoded percent sign', { connection: 'bob:secret%@localhost' }, 'backend.cache.connection'],
    ['a password with a line break', { connection: 'bob:secret%0D%0Aversion@localhost' }, 'backend.cache.connection'],
    ['a user name with a space', { connection: 'b%20b:secret@localhost' }, 'backend.cache.connection'],
    ['a user name without a password', { connection: 'secret@localhost' }, 'backend.cache.connection'],
    ['a password without a user name', { connection: ':secret@localhost' }, 'backend.cache.connection'],
    [
      'a password without a user name, in an object',
      { connection: { url: 'localhost', password: 'secret' } },
      'backend.cache.connection.password',
    ],
    [
      'a password with a space, in an object',
      { connection: { url: 'localhost', username: 'bob', password: 'secret word' } },
      'backend.cache.connection.password',
    ],
    [
      'an invalid certificate',
      { connection: { url: 'localhost', tls: { cert: 'secret' } } },
      'backend.cache.connection.tls',
    ],
    [
      'maxValueBytes 0',
      { connection: 'localhost', memcache: { client: { maxValueBytes: 0 } } },
      'memcache.client.maxValueBytes',
    ],
    [
      'commandTimeout 0',
      { connection: 'localhost', memcache: { client: { commandTimeout: 0 } } },
      'memcache.client.commandTimeout',
    ],
    [
      'connectTimeout 0',
      { connection: 'localhost', memcache: { client: { connectTimeout: 0 } } },
      'memcache.client.connectTimeout',
    ],
    ['a client section that is a string', { connection: 'localhost', memcache: { client: 'x' } }, 'memcache.client'],
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

  it.each(['bob:se/cret@localhost', 'bob:se#cret@localhost', 'bob:se?cret@localhost', 'bob:se%cret@localhost'])(
    'reject a password with a special character and suggest percent-encoding: %s',
    connection => {
      expect(() => parse({ connection })).toThrow(/'backend\.cache\.connection'.*percent-encoded/);
    },
  );

  it('accept a namespace, with one warning that it has no effect', () => {
    const client = { namespace: 'my-app', keyPrefixSeparator: '!' };
    expect(parse({ connection: 'localhost', memcache: { client } })).toEqual({
      options: { servers: [localhost] },
      warnings: [
        "'backend.cache.memcache.client.namespace' has no effect: keys in memcached start with the plugin id alone",
      ],
    });
  });

  it('accept other options that have no effect, with one warning each', () => {
    const { warnings } = parse({
      connection: 'localhost',
      useRedisSets: true,
      memcache: { client: { noNamespaceAffectsAll: true } },
    });
    expect(warnings).toEqual([
      "'backend.cache.useRedisSets' has no effect and can be removed",
      "'backend.cache.memcache.client.noNamespaceAffectsAll' has no effect and can be removed",
    ]);
  });

  it('keep the connection unchanged for a custom client', () => {
    const driver = createMemcacheDriver({
      createClient: () => {
        throw new Error('not needed here');
      },
    });
    const connection = { anything: ['that', 'it', 'wants'] };
    const cache = { connection, memcache: { client: { maxValueBytes: 1000 } } };
    expect(driver.parseOptions(createConfigSource(cache, 'backend.cache'))).toEqual({
      connection,
      maxValueBytes: 1000,
    });
  });
});
