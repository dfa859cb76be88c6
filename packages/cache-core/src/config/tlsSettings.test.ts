import { createCertificate } from '@greenroom/test-servers';
import type { Certificate } from '@greenroom/test-servers';
import { createPrivateKey } from 'node:crypto';
import { createConfigSource } from './createConfigSource';
import { readTlsSettings } from './tlsSettings';

const read = (content: object) =>
  readTlsSettings(createConfigSource(content, 'backend.cache'), ['tls', 'socket.tls'], { besides: ['socket'] });

describe('the TLS settings of a connection', () => {
  let one: Certificate;
  let other: Certificate;
  let encryptedKey: string;
  beforeAll(async () => {
    [one, other] = await Promise.all([createCertificate(), createCertificate()]);
    const encryption = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' } as const;
    encryptedKey = createPrivateKey(one.key).export(encryption).toString();
  });

  it('are absent when nothing switches TLS on', () => {
    expect(read({})).toBeUndefined();
    expect(read({ tls: false, socket: { ca: one.ca } })).toBeUndefined();
  });

  it('are empty when TLS is on and nothing else is set', () => {
    expect(read({ tls: true })).toEqual({});
    expect(read({ tls: 'true', socket: {} })).toEqual({});
    expect(readTlsSettings(createConfigSource({}, 'c'), ['tls'], { isWanted: true })).toEqual({});
  });

  it('are merged from several places, where the last one wins', () => {
    const socket = { ca: one.ca, servername: 'one', tls: { servername: 'three', rejectUnauthorized: false } };
    expect(read({ tls: { servername: 'two' }, socket })).toEqual({
      ...{ ca: one.ca, servername: 'three', rejectUnauthorized: false },
    });
  });

  it('ignore empty strings, which unset environment variables leave', () => {
    expect(read({ tls: { ca: '', cert: '', key: '', passphrase: '', servername: '' } })).toEqual({});
  });

  it('accept a CA list with comments, and a certificate chain with a plain or encrypted key', () => {
    const ca = `# one\n${one.ca}\n# other\n${other.ca}`;
    const cert = one.certificate + one.ca;
    expect(read({ tls: { ca, cert, key: one.key } })).toEqual({ ca, cert, key: one.key });
    const encrypted = { cert, key: encryptedKey, passphrase: 'hunter2' };
    expect(read({ tls: encrypted })).toEqual(encrypted);
    expect(read({ tls: { cert }, socket: { key: one.key } })).toEqual({ cert, key: one.key });
  });

  const flat = (text: string) => text.replaceAll('\n', '\\n');
  it.each<[what: string, () => object, path: string, hint: RegExp]>([
    ['a CA that is a word', () => ({ ca: 'none' }), 'tls.ca', /\$file/],
    ['a CA that is a path', () => ({ ca: '/etc/ssl/ca.pem' }), 'tls.ca', /\$file/],
    ['a CA with escaped line breaks', () => ({ ca: flat(one.ca) }), 'tls.ca', /\\n/],
    ['a CA on one line', () => ({ ca: one.ca.replaceAll('\n', ' ') }), 'tls.ca', /PEM/],
    ['a truncated CA', () => ({ ca: one.ca.slice(0, 200) }), 'tls.ca', /PEM/],
    ['a CA followed by a truncated CA', () => ({ ca: one.ca + other.ca.slice(0, 200) }), 'tls.ca', /PEM/],
    ['a damaged CA', () => ({ ca: one.ca.replace(/M/g, 'N') }), 'tls.ca', /PEM/],
    ['a key instead of a CA', () => ({ ca: one.key }), 'tls.ca', /certificates/],
    ['a certificate without a key', () => ({ cert: one.certificate }), 'tls.cert', /'key'/],
    ['a key without a certificate', () => ({ key: one.key }), 'tls.key', /'cert'/],
    ['a certificate that is a path', () => ({ cert: 'cert.pem', key: one.key }), 'tls.cert', /\$file/],
    ['a key that is a path', () => ({ cert: one.certificate, key: '/key.pem' }), 'tls.key', /\$file/],
    ['a key with escaped line breaks', () => ({ cert: one.certificate, key: flat(one.key) }), 'tls.key', /\\n/],
    ['the key of another certificate', () => ({ cert: one.certificate, key: other.key }), 'tls.key', /another/],
    [
      'an encrypted key without a passphrase',
      () => ({ cert: one.certificate, key: encryptedKey }),
      'tls.key',
      /passphrase/,
    ],
    [
      'a wrong passphrase',
      () => ({ cert: one.certificate, key: encryptedKey, passphrase: 'wrong' }),
      'tls.passphrase',
      /passphrase/,
    ],
  ])('reject %s with CACHE_CONFIG, the path and a hint', (_what, settings, path, hint) => {
    for (const [content, prefix] of [
      [{ tls: settings() }, ''],
      [{ socket: { tls: settings() } }, 'socket.'],
    ] as const) {
      const message = failureOf(content);
      expect(message).toMatch(`'backend.cache.${prefix}${path}'`);
      expect(message).toMatch(hint);
      expect(message).not.toMatch(/hunter2|wrong|none|MI|\/etc|\/key/);
    }
  });

  it.each([
    [{ tls: false }, 'backend.cache.tls'],
    [{ socket: { tls: 'false' } }, 'backend.cache.socket.tls'],
  ])('reject %j when the URL switches TLS on', (content, path) => {
    const config = createConfigSource(content, 'backend.cache');
    expect(() => readTlsSettings(config, ['tls', 'socket.tls'], { isWanted: true })).toThrow(path);
  });

  function failureOf(content: object): string {
    try {
      read(content);
    } catch (error) {
      expect(error).toMatchObject({ code: 'CACHE_CONFIG' });
      expect((error as Error).cause).toBeUndefined();
      return (error as Error).message;
    }
    throw new Error('It was accepted');
  }
});
