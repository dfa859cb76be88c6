import { toServerName } from './serverPlace';

describe('toServerName', () => {
  it('names a server by host and port, with IPv6 in brackets and without line breaks', () => {
    expect(toServerName('Redis', { host: '::1', port: 1 })).toBe('Redis at [::1]:1');
    expect(toServerName('Redis', { host: 'ho\nst', port: 1 })).toBe('Redis at ho st:1');
  });
});
