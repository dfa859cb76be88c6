import { toTlsOptions } from './tlsOptions';

it.each([
  ['acme.example.com', 'acme.example.com'],
  ['acme.example.com.', 'acme.example.com'],
  ['10.0.0.1', undefined],
  ['::1', undefined],
  ['fe80::1%eth0', undefined],
])('a server at %s gets the servername %s', (host, servername) => {
  expect(toTlsOptions({ ca: 'PEM' }, host)).toEqual({ ca: 'PEM', ...(servername && { servername }) });
});

it('a configured servername wins, and none is added without a host', () => {
  const tls = { servername: 'other' };
  expect(toTlsOptions(tls, 'acme.example.com')).toEqual(tls);
  expect(toTlsOptions(tls)).toEqual(tls);
  expect(toTlsOptions({})).toEqual({});
});
