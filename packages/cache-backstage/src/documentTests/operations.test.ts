/** Runs what docs/operations.md shows: its recipes against servers that check the tokens. */
import { createHash, createHmac } from 'node:crypto';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { createCacheManager, createConfigSource, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheService } from '@greenroom/cache-core';
import { sendCommands, startRedis, startValkey, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import cacheServiceFactory from '../index';
import { openPage } from '../testSupport/openPage';
import { startBackend } from '../testSupport/startBackend';
import { startTokenGate } from '../testSupport/startTokenGate';

const { evaluate, text } = openPage('operations.md');

/** The cache of a plugin on a server, by a driver that has the credentials. */
function openCache(driver: CacheDriverDefinition, port: number): CacheService {
  const config = createConfigSource({ connection: `redis://127.0.0.1:${port}` }, 'backend.cache');
  const manager = createCacheManager({ driver, driverOptions: parseDriverOptions(driver, config) });
  cleanUp(() => manager.close());
  return manager.forPlugin('catalog');
}

async function isUsed(cache: CacheService): Promise<boolean> {
  await cache.set('key', 'value');
  return (await cache.get('key')) === 'value';
}

describe('the recipe for ElastiCache', () => {
  const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const target = { name: 'my-cache', userId: 'backstage', region: 'eu-central-1' };
  const standIns = { '@aws-sdk/credential-provider-node': { defaultProvider: () => async () => keys } };
  const { createElastiCacheDriver } = evaluate('elastiCacheDriver', standIns) as {
    createElastiCacheDriver(of: typeof target): CacheDriverDefinition;
  };

  /** Checks a token as the service does, following the description of AWS Signature Version 4. */
  function isValid(username: string, token: string): boolean {
    const query = new URL(`http://${token}`).searchParams;
    const time = query.get('X-Amz-Date') ?? '';
    const issuedAtMs = Date.parse(time.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
    const scope = [time.slice(0, 8), target.region, 'elasticache', 'aws4_request'];
    const parameters = Object.entries({
      ...{ Action: 'connect', User: target.userId, 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' },
      'X-Amz-Credential': [keys.accessKeyId, ...scope].join('/'),
      ...{ 'X-Amz-Date': time, 'X-Amz-Expires': '900', 'X-Amz-SignedHeaders': 'host' },
    }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const sign = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const request = ['GET', '/', parameters.join('&'), `host:${target.name}`, '', 'host', hash('')].join('\n');
    const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(request)].join('\n');
    const signature = sign(scope.reduce<string | Buffer>(sign, `AWS4${keys.secretAccessKey}`), text).toString('hex');
    return (
      username === target.userId &&
      token.startsWith(`${target.name}/?`) &&
      Math.abs(Date.now() - issuedAtMs) < 900_000 &&
      query.get('X-Amz-Signature') === signature
    );
  }

  it('logs in with a token signed for the cache and the user, and again after the connection ends', async () => {
    const server = await startRedis();
    cleanUp(() => server.stop());
    await sendCommands(server, [['ACL', 'SETUSER', target.userId, 'on', 'nopass', '~*', '+@all']]);
    const gate = await startTokenGate(server, isValid);
    const cache = openCache(createElastiCacheDriver(target), gate.port);
    expect(await isUsed(cache)).toBe(true);
    expect(gate.logins).toHaveLength(1);

    gate.endConnections();

    await until('the cache is used again', () => isUsed(cache), 2000);
    expect(gate.logins.length).toBeGreaterThan(1);
  });

  it('cannot log in with a token for another cache', async () => {
    const server = await startRedis();
    cleanUp(() => server.stop());
    const gate = await startTokenGate(server, isValid);
    const cache = openCache(createElastiCacheDriver({ ...target, name: 'other-cache' }), gate.port);
    expect(await isUsed(cache)).toBe(false);
    expect(gate.logins[0]?.token).toMatch(/^other-cache\//);
  });
});

const objectId = '0f8fad5b-d9cb-469f-a165-70867728950e';

describe.each([
  {
    service: 'Memorystore',
    start: startValkey,
    username: 'default',
    toDriver(getToken: () => Promise<string>) {
      class GoogleAuth {
        readonly getAccessToken = getToken;
      }
      const standIns = { 'google-auth-library': { GoogleAuth } };
      return (evaluate('memorystoreDriver', standIns) as { memorystoreDriver: CacheDriverDefinition })
        .memorystoreDriver;
    },
  },
  {
    service: 'Azure',
    start: startRedis,
    username: objectId,
    toDriver(getToken: () => Promise<string>) {
      class DefaultAzureCredential {
        readonly getToken = async (scope: string) =>
          scope === 'https://redis.azure.com/.default' ? { token: await getToken() } : undefined;
      }
      const { createAzureDriver } = evaluate('azureDriver', { '@azure/identity': { DefaultAzureCredential } }) as {
        createAzureDriver(objectId: string): CacheDriverDefinition;
      };
      return createAzureDriver(objectId);
    },
  },
])('the recipe for $service', service => {
  const { start, username } = service;
  const admin = { username: 'admin', password: 'admin' };
  const letIn = (server: TestServer, token: string) =>
    sendCommands({ ...server, credentials: admin }, [
      ['ACL', 'SETUSER', username, 'reset', 'on', `>${token}`, '~*', '+@all'],
    ]);

  it('logs in with a token, and with the next token after the server ends the connection', async () => {
    const server = await start({ args: ['--user', 'admin', 'on', '>admin', '~*', '&*', '+@all'] });
    cleanUp(() => server.stop());
    await letIn(server, 'token-1');
    let tokens = 0;
    const cache = openCache(
      service.toDriver(async () => `token-${++tokens}`),
      server.port,
    );
    expect(await isUsed(cache)).toBe(true);
    expect(tokens).toBe(1);

    await letIn(server, 'token-2');
    await sendCommands({ ...server, credentials: admin }, [['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']]);

    await until('the cache is used again', () => isUsed(cache), 2000);
    expect(tokens).toBe(2);
  });
});

it('the health endpoints in docs/operations.md answer 200 while the store is away', async () => {
  const backend = await startTestBackend({
    features: [
      cacheServiceFactory,
      mockServices.rootConfig.factory({
        data: { backend: { cache: { store: 'redis', connection: 'redis://127.0.0.1:1' } } },
      }),
      createBackendPlugin({
        pluginId: 'catalog',
        register: env =>
          env.registerInit({ deps: { cache: coreServices.cache }, init: async ({ cache }) => cache.set('key', 1) }),
      }),
    ],
  });
  cleanUp(() => backend.stop());
  const probes = [...text.matchAll(/path: (\/\.backstage\/health\S+),/g)].map(([, path]) => path);
  expect(probes).toHaveLength(2);
  for (const path of probes) {
    const { status } = await fetch(`http://localhost:${backend.server.port()}${path}`);
    expect(status).toBe(200);
  }
});

it('the log contains the lines that docs/operations.md lists', async () => {
  const [, table = ''] = /\n\| line .*\n\|[ -|]*\n([^]*?)\n\n/.exec(text) ?? [];
  const lines = [...table.matchAll(/^\| `(.*?)(?: \.\.\.)?`/gm)].map(([, line = '']) => line);
  const [loaded = '', near = '', connected = '', away = '', back = '', noWrites = ''] = lines;
  const server = await startRedis();
  cleanUp(() => server.stop());
  const backend = await startBackend({ store: 'redis', connection: server.url, near: true });
  const cache = backend.cacheOf();
  const toExample = (line: string) => line.replace(/127\.0\.0\.1:\d+/, 'localhost:6379').replace(/[\d.]+ s;/, '12 s;');
  const isLogged = (line: string) =>
    until(
      `the log has '${line}'`,
      () => backend.log.cacheLines().some(each => toExample(each.message).startsWith(line)),
      5000,
    );

  await isLogged(loaded);
  await isLogged(near);
  await isLogged(connected);
  await server.kill();
  await isLogged(away);
  await Promise.all(['1', '2', '3'].map(key => cache.set(key, key)));
  await server.start();
  await isLogged(back);
  await sendCommands(server, [['REPLICAOF', '127.0.0.1', '1']]);
  await cache.set('key', 1);
  await isLogged(noWrites);
  expect(lines).toHaveLength(6);
});
