import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheService } from '@greenroom/cache-core';
import { sendCommands, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { areRead } from './areRead';
import type { StoreUnderTest } from './storeUnderTest';

const NAMESPACE = 'my-app';
const login = { username: 'backstage', password: 'password' };
const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);

/** Commands that operators need beyond those of the cache. */
const operatorCommands = [
  ['PTTL', `${NAMESPACE}:catalog:key-0`],
  ['STRLEN', `${NAMESPACE}:catalog:key-0`],
  ['INFO'],
  ['CONFIG', 'GET', 'maxmemory-policy'],
  ['TIME'],
];

/** The commands of docs/operations.md that create users, keyed by the comment above each. */
function readUserLines(): ReadonlyMap<string, readonly string[]> {
  const page = readFileSync(join(__dirname, '../../../../docs/operations.md'), 'utf8');
  const [, section = ''] = /\n## Rights\n(.*?)\n## /s.exec(page) ?? [];
  return new Map(
    [...section.matchAll(/^# (.*)\nredis-cli (?:-p \d+ )?(.*)$/gm)].map(([, purpose = '', line = '']) => [
      purpose,
      line.split(' ').map(word => word.replace(/^'(.*)'$/, '$1')),
    ]),
  );
}

/** Users created with the exact commands of docs/operations.md. */
export function describeUsers(underTest: StoreUnderTest) {
  const { serverName, store, startServer, startCluster, startSentinel, openCache, openDriver } = underTest;
  const lines = readUserLines();
  const settings = { client: { namespace: NAMESPACE } };

  async function makeUser(servers: readonly TestServer[], purpose: string): Promise<void> {
    const line = lines.get(purpose);
    if (!line) throw new Error(`docs/operations.md makes no user for: ${purpose}`);
    await Promise.all(servers.map(server => sendCommands(server, [line, ['ACL', 'LOG', 'RESET']])));
  }

  async function expectNothingRefused(servers: readonly TestServer[]): Promise<void> {
    const logs = await Promise.all(servers.map(server => sendCommands(server, [['ACL', 'LOG']])));
    expect(logs).toEqual(servers.map(() => [[]]));
  }

  /** Writes, reads, deletes and clears, and checks that all of it happens. */
  async function expectUse(config: object): Promise<void> {
    const { cache } = openCache(config);
    await Promise.all(keys.map(key => cache.set(key, key, { ttl: 60_000 })));
    expect(await readAll(cache)).toEqual(keys);
    await cache.delete('key-1');
    expect(await cache.get('key-1')).toBeUndefined();
    const { driver } = openDriver(config);
    await driver.clear?.(`${NAMESPACE}:catalog:`);
    expect(await readAll(cache)).toEqual(keys.map(() => undefined));
  }

  const readAll = (cache: CacheService) => Promise.all(keys.map(key => cache.get(key)));

  const toCluster = (nodes: readonly TestServer[], options: object = {}) => ({
    [store]: {
      ...settings,
      cluster: {
        rootNodes: nodes.map(({ host, port }) => ({ url: `${store}://${host}:${port}` })),
        ...{ defaults: login, ...options },
      },
    },
  });

  describe(`users of ${serverName} that are created as in docs/operations.md`, () => {
    const single = 'One server, or each of the servers that sentinels watch';
    const node = 'Each node of a cluster, replicas too';

    it.each([single, `${single}, for operators too`])(
      'can use the cache, and operator commands only for operators: %s',
      async purpose => {
        const server = await startServer();
        await makeUser([server], purpose);
        await expectUse({
          connection: { url: `${store}://${server.host}:${server.port}`, ...login },
          [store]: settings,
        });
        const asked = sendCommands({ ...server, credentials: login }, operatorCommands);
        if (purpose === single) await expect(asked).rejects.toThrow('NOPERM');
        else {
          expect(await asked).toHaveLength(operatorCommands.length);
          await expectNothingRefused([server]);
        }
      },
    );

    it.each([node, `${node}, for operators too`])(
      'can use the cache, and operator commands only for operators: %s',
      async purpose => {
        const { nodes, masters, replicas } = await startCluster({ replicasPerMaster: 1 });
        await makeUser(nodes, purpose);
        await expectUse(toCluster(masters));
        const { cache } = openCache(toCluster(masters, { useReplicas: true }));
        await until('a replica is read', async () => (await readAll(cache), await areRead(replicas)), 5000);
        await expectNothingRefused(nodes);
        const [first] = masters as [TestServer];
        const asked = sendCommands({ ...first, credentials: login }, operatorCommands.slice(2));
        if (purpose === node) await expect(asked).rejects.toThrow('NOPERM');
        else expect(await asked).toHaveLength(3);
      },
    );

    it('can use the cache through sentinels that have users', async () => {
      const { name, servers, sentinels } = await startSentinel();
      await makeUser(servers, single);
      await makeUser(sentinels, 'Each sentinel, where sentinels have users');
      const rootNodes = sentinels.map(({ host, port }) => ({ host, port }));
      const sentinel = { name, rootNodes, defaults: login, sentinelDefaults: login };
      await expectUse({ [store]: { ...settings, sentinel } });
      await expectNothingRefused([...servers, ...sentinels]);
    });
  });
}
