import { parseServerUrl } from './serverUrl';

const parse = (url: string, isSchemeOptional = false) => {
  const parsed = parseServerUrl(url, isSchemeOptional);
  if (!parsed) return undefined;
  const { parameters: _parameters, ...rest } = parsed;
  return rest;
};

describe('parseServerUrl', () => {
  it.each([
    ['redis://host', { host: 'host' }],
    ['REDIS://Host', { host: 'Host' }],
    ['valkey://my_host.internal:6380', { host: 'my_host.internal', port: 6380 }],
    ['rediss://host', { host: 'host', tls: {} }],
    ['Valkeys://host/', { host: 'host', tls: {} }],
    ['  redis://host\n', { host: 'host' }],
    ['redis://host:', { host: 'host' }],
    ['redis://[::1]:6380', { host: '::1', port: 6380 }],
    ['redis://bücher.example', { host: 'xn--bcher-kva.example' }],
    ['redis://host/3', { host: 'host', database: 3 }],
    ['redis://host/0/', { host: 'host', database: 0 }],
    ['redis://host?db=3', { host: 'host', database: 3 }],
    ['redis://host/3?database=3', { host: 'host', database: 3 }],
    ['redis://host/?tls=true', { host: 'host', tls: {} }],
    ['redis://host?tls=False', { host: 'host' }],
    ['rediss://host?tls=true&db=1', { host: 'host', database: 1, tls: {} }],
    ['redis://host?', { host: 'host' }],
    ['redis://user@host', { host: 'host', username: 'user' }],
    ['redis://user:@host', { host: 'host', username: 'user' }],
    ['redis://:pass@host', { host: 'host', password: 'pass' }],
    ['redis://:@host', { host: 'host' }],
    ['redis://u%40x:p%2F%23%3F%25@host', { host: 'host', username: 'u@x', password: 'p/#?%' }],
    ['redis://user:p@ss:word@host', { host: 'host', username: 'user', password: 'p@ss:word' }],
    ['unix:/run/redis.sock', { path: '/run/redis.sock' }],
    ['UNIX:///run/redis.sock', { path: '/run/redis.sock' }],
    ['redis+unix:///run/my%20redis.sock?db=1', { path: '/run/my redis.sock', database: 1 }],
    ['valkey+unix:/run/valkey.sock', { path: '/run/valkey.sock' }],
    ['redis+socket:///run/redis.sock', { path: '/run/redis.sock' }],
    ['unix://user:p%2Fw@/run/redis.sock', { path: '/run/redis.sock', username: 'user', password: 'p/w' }],
    ['unix://:pw@/run/redis.sock?db=2', { path: '/run/redis.sock', password: 'pw', database: 2 }],
    ['/run/redis.sock', { path: '/run/redis.sock' }],
    ['/run/redis.sock?db=2', { path: '/run/redis.sock', database: 2 }],
  ])('parses %s', (url, expected) => {
    expect(parse(url)).toEqual(expected);
  });

  it.each([
    ['host:6380', { host: 'host', port: 6380 }],
    ['host', { host: 'host' }],
    [
      'user:pass@host:6380/2?tls=true',
      { host: 'host', port: 6380, username: 'user', password: 'pass', database: 2, tls: {} },
    ],
    ['[::1]:6380', { host: '::1', port: 6380 }],
    ['6380', { host: 'localhost', port: 6380 }],
    ['redis://host', { host: 'host' }],
    ['/run/redis.sock', { path: '/run/redis.sock' }],
  ])('parses %s when the scheme is optional', (url, expected) => {
    expect(parse(url, true)).toEqual(expected);
  });

  it.each([
    ...['', ' ', 'redis', 'redis:', 'redis://', 'redis:///0', 'redis://:6379', 'redis://@', 'redis:host', 'host:6379'],
    ...['http://host', 'redis+tls://host', 'unix:', 'unix:/', 'unix://run/redis.sock', 'unix:run/redis.sock', '/'],
    ...['redis+unix://host/run/redis.sock', 'unix:/run/', `unix:/${'x'.repeat(107)}`, 'unix:/a%00b', 'unix:/a%'],
    ...['redis://host:0', 'redis://host:65536', 'redis://host:x', 'redis://host:-1'],
    ...['redis://host/x', 'redis://host/1/2', 'redis://host/1.5', 'redis://host/-1', `redis://host/${'9'.repeat(20)}`],
    ...['redis://host?db=x', 'redis://host?db=', 'redis://host/1?db=2', 'redis://host?db=1&db=2', 'unix:/s?db=x'],
    ...['redis://host?tls=maybe', 'rediss://host?tls=false', 'redis://host?tls=true&tls=false'],
    ...['redis://host#', 'redis://host#x', 'redis://host/1#x', 'unix:/run/redis.sock#x'],
    ...[
      'redis://admin:42#secret@host',
      'redis://:a/b@host',
      'redis://:a#b@host',
      'redis://:a?b@host:1/x',
      'redis://:a%b@host',
    ],
    ...[
      'redis://:a b@host',
      'redis://ho st',
      'redis://:a\nb@host',
      'redis://host\\x',
      'redis://ho%20st',
      'redis://a,b',
    ],
  ])('returns undefined for %j', url => {
    expect(parse(url)).toBeUndefined();
  });

  it('returns the names of the query parameters', () => {
    expect(parseServerUrl('redis://host?db=1&family=6', false)?.parameters).toEqual(['db', 'family']);
    expect(parseServerUrl('redis://admin:42?secret@host:6379', false)?.parameters).toEqual(['secret@host:6379']);
  });
});
