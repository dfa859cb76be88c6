import { fromConnectionError } from './connectionError';

const place = { serverName: 'Redis at localhost:6379', command: 'GET', store: 'redis' };

describe('a connection error', () => {
  it.each([
    ['ECONNREFUSED', /^Redis at localhost:6379 cannot be reached \(ECONNREFUSED\)$/],
    ['ENOTFOUND', /cannot be reached \(ENOTFOUND\)/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /no known authority.*tls\.ca/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /no known authority.*tls\.ca/],
    ['CERT_HAS_EXPIRED', /has expired/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /for another name.*tls\.servername/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS/],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /may require tls\.cert/],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', /may require tls\.cert/],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', /does not accept the certificate in tls\.cert/],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', /does not accept the certificate in tls\.cert/],
  ])('becomes CACHE_UNAVAILABLE and explains the code %s', (code, text) => {
    const error = fromConnectionError(place, Object.assign(new Error('hunter2'), { code }));
    expect(error).toMatchObject({ code: 'CACHE_UNAVAILABLE', message: expect.stringMatching(text) });
  });

  it('shows the reason when every address of a host failed', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
    const message = 'Redis at localhost:6379 cannot be reached (ECONNREFUSED)';
    expect(fromConnectionError(place, new AggregateError([refused, refused])).message).toBe(message);
  });

  it('explains a closed connection, with a hint at TLS or the error reply if it was still connecting', () => {
    const closed = new Error('Connection is closed');
    expect(fromConnectionError(place, closed).message).toBe(
      'Redis at localhost:6379 closed the connection (Connection is closed)',
    );
    expect(fromConnectionError({ ...place, isConnecting: true }, closed).message).toMatch(/may speak TLS.*rediss:/);
    const refusal = '-DENIED Redis is running in protected mode'.slice(1);
    expect(fromConnectionError({ ...place, isConnecting: true, refusal }, closed).message).toMatch(/protected mode/);
  });

  it('shows foreign text on one line, shortened and without control characters', () => {
    const text = `a\r\nb\u001b[31mred\u2028\u202e${'x'.repeat(100_000)}`;
    const { message } = fromConnectionError(place, new Error(text));
    expect(message).toContain('a b [31mred x');
    expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(message.length).toBeLessThan(300);
  });
});
