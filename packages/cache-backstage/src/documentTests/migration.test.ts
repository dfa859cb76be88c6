/** Checks what docs/migration.md says about configurations that the built-in cache accepts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfigSource, readCacheConfig } from '@greenroom/cache-core';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { parse } from 'yaml';

const document = readFileSync(join(__dirname, '../../../../docs/migration.md'), 'utf8');
const [, section = ''] = /^## What the built-in cache takes and Greenroom does not\n(.*?)^## /ms.exec(document) ?? [];
const [, ...items] = section.replace(/\s+/g, ' ').split(' - `');
/** The configuration and the message of each item: its first and its last piece of code. */
const refused = items.map(item => {
  const codes = `\`${item}`.split('`').filter((_text, index) => index % 2 === 1);
  return [codes[0] ?? '', codes.at(-1) ?? ''] as const;
});

function start(cache: object): string[] {
  const warnings: string[] = [];
  const config = createConfigSource(cache, 'backend.cache', warning => warnings.push(warning));
  const { store } = readCacheConfig(config);
  const driver = store === 'valkey' ? valkeyDriver : redisDriver;
  driver.parseOptions(config);
  return warnings;
}

it('docs/migration.md lists configurations that are refused', () => {
  expect(refused).toHaveLength(section.match(/^- /gm)?.length ?? NaN);
  for (const [configuration] of refused) expect(configuration).toMatch(/^\{.*\}$/);
  expect(refused.length).toBeGreaterThan(5);
});

it.each(refused)('%s is refused with the message from docs/migration.md', (configuration, message) => {
  expect(() => start(parse(configuration) as object)).toThrow(
    expect.objectContaining({ code: 'CACHE_CONFIG', message }) as Error,
  );
});

const redis = (connection: unknown, client?: object, more?: object) => ({
  ...{ store: 'redis', connection, ...more },
  ...(client && { redis: { client } }),
});
const valkey = (connection: unknown, client?: object) => ({
  ...{ store: 'valkey', connection },
  ...(client && { valkey: { client } }),
});
const url = 'redis://server';

it.each<[object, number?]>([
  ...['redis://server', 'rediss://:pass@server:6380', 'redis://user@server/2', 'redis://server/', 'REDIS://server'].map(
    connection => [redis(connection)] as [object],
  ),
  ...['server', 'server:6379', '6379', 'user:pass@server:6379', '/run/s', 'unix:/run/s?db=3'].map(
    connection => [valkey(connection)] as [object],
  ),
  [valkey(`${url}?db=3`), 1],
  [valkey('server?db=3'), 1],
  [redis({ url })],
  [redis({ url, pingInterval: 60_000, socket: { keepAlive: true, connectTimeout: '500' } }), 3],
  [redis({ url, socket: { reconnectStrategy: 500, socketTimeout: 1000 }, disableOfflineQueue: true }), 3],
  [redis({ url, commandsQueueMaxLength: 10, commandOptions: { timeout: 10 }, name: 'backstage' }), 3],
  [redis({ url, username: 'u', password: 'p', database: 3, socket: { tls: true, rejectUnauthorized: false } })],
  [redis({ url: 'redis://placeholder', socket: { path: '/run/redis.sock' } }), 1],
  [redis({ url, socket: { host: 'server', port: 6380 } })],
  [redis(url, { namespace: 'a', keyPrefixSeparator: '!', clearBatchSize: '5', useUnlink: 'yes' })],
  [redis(url, { namespace: '', keyPrefixSeparator: '' })],
  [redis(url, { keyPrefixSeparator: ' → ' })],
  [redis(url, { noNamespaceAffectsAll: false }), 1],
  [redis(url, {}, { useRedisSets: true, defaultTtl: { hours: 1 } }), 1],
  [redis(url, undefined, { redis: { cluster: { defaults: {} } } }), 1],
  [
    redis({ url, password: 'p' }, undefined, {
      redis: { cluster: { rootNodes: [{ url }], defaults: { socket: { tls: true } }, useReplicas: true } },
    }),
  ],
  [valkey(url, { keyPrefix: 'a' })],
  [valkey(url, { keyPrefix: 'my-app:' })],
  [valkey(url, { keyPrefix: '' })],
])(
  'a configuration of the built-in cache is accepted with the expected number of warnings: %j',
  (cache, warnings = 0) => {
    expect(start(cache)).toHaveLength(warnings);
  },
);
