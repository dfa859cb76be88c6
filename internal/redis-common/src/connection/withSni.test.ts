import { withSni } from './withSni';

it.each([
  ['redis.example.com', 'redis.example.com'],
  ['redis.example.com.', 'redis.example.com'],
  ['10.0.0.1', undefined],
  ['::1', undefined],
  ['fe80::1%eth0', undefined],
])('a server at %s gets the name %s', (host, servername) => {
  expect(withSni({ ca: 'PEM' }, { host, port: 6379 })).toEqual({ ca: 'PEM', ...(servername && { servername }) });
});

it('the configured name wins, and a socket has no other', () => {
  const tls = { servername: 'other' };
  expect(withSni(tls, { host: 'redis.example.com', port: 6379 })).toEqual(tls);
  expect(withSni(tls, { path: '/run/redis.sock' })).toEqual(tls);
  expect(withSni({}, { path: '/run/redis.sock' })).toEqual({});
});
