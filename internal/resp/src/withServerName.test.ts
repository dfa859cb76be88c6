import { withServerName } from './withServerName';

it.each([
  ['redis.example.com', 'redis.example.com'],
  ['redis.example.com.', 'redis.example.com'],
  ['10.0.0.1', undefined],
  ['::1', undefined],
  ['fe80::1%eth0', undefined],
  [undefined, undefined],
])('the name that a server at %s is told is %s', (host, servername) => {
  expect(withServerName({ ca: 'PEM' }, host)).toEqual({ ca: 'PEM', ...(servername && { servername }) });
});

it('the name of the settings wins', () => {
  expect(withServerName({ servername: 'other' }, 'redis.example.com')).toEqual({ servername: 'other' });
});
