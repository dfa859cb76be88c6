import { findSecrets } from './findSecrets';

it.each<[unknown, readonly string[]]>([
  [{ connection: 'redis://user:p%40ss@host:6379' }, ['p%40ss', 'p@ss']],
  [{ connection: 'redis://:secret@host' }, ['secret']],
  [{ connection: 'user:secret@one:11211,two:11211' }, ['secret']],
  [{ connection: { url: 'redis://host', password: 'secret' } }, ['secret']],
  [{ redis: { cluster: { rootNodes: [{ url: 'rediss://u:one@a' }], defaults: { password: 'two' } } } }, ['one', 'two']],
  [{ redis: { sentinel: { sentinelDefaults: { password: 'secret' } } } }, ['secret']],
  [{ connection: { socket: { tls: { key: 'PEM', passphrase: 'secret' } } } }, ['PEM', 'secret']],
  [{ encryption: { keys: ['first', { secret: 'second' }] } }, ['first', 'second']],
  [{ connection: 'redis://host:6379', redis: { client: { namespace: 'my-app', keyPrefixSeparator: ':' } } }, []],
])('finds the secrets in %j', (config, secrets) => {
  expect([...new Set(findSecrets(config))]).toEqual(secrets);
});
