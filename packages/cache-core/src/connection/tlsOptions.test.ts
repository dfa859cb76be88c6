import { toTlsOptions } from './tlsOptions';

it.each([
  ['acme.example.com', 'acme.example.com'],
  ['acme.example.com.', 'acme.example.com'],
  ['10.0.0.1', undefined],
  ['::1', undefined],
  ['fe80::1%eth0', undefined],
])('a server at %s gets the name %s', (host, servername) => {
  expect(toTlsOptions({ ca: 'PEM' }, host)).toEqual({ ca: 'PEM', ...(servername && { servername }) });
});

it('the configured name wins, and a socket has no other', () => {
  const tls = { servername: 'other' };
  expect(toTlsOptions(tls, 'acme.example.com')).toEqual(tls);
  expect(toTlsOptions(tls)).toEqual(tls);
  expect(toTlsOptions({})).toEqual({});
});
