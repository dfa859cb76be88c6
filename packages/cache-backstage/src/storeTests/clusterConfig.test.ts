/** `cluster` means the same as in Backstage's own cache, on a real cluster with a password. */
import type { JsonObject } from '@backstage/types';
import { sendCommands, until } from '@greenroom/test-servers';
import type { TestCluster, TestServer } from '@greenroom/test-servers';
import { startBackend, uniqueId } from '../testSupport/startBackend';
import { clusterStores } from '../testSupport/stores';

const credentials = { username: 'backstage', password: 'p@ss word' };
const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`);

describe.each(clusterStores)('a $store cluster', ({ store, startCluster }) => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ replicasPerMaster: 1, credentials });
  });
  afterAll(() => cluster.stop());

  const start = (pluginId: string, more: JsonObject = {}, client: JsonObject = {}) => {
    // Only one node, without a password, is configured: the tested code has to find the other nodes and add the credentials.
    const rootNodes = cluster.masters.slice(0, 1).map(({ host, port }) => ({ url: `redis://${host}:${port}` }));
    // A busy machine may answer more slowly than usual, and no test is about that.
    const section = {
      client: { commandTimeout: '5s', ...client },
      cluster: { rootNodes, defaults: credentials, ...more },
    };
    return startBackend({ store, [store]: section }, { pluginIds: [pluginId] });
  };

  it('is discovered through rootNodes, and every node gets the credentials of defaults', async () => {
    const pluginId = uniqueId();
    const cache = (await start(pluginId)).cacheOf();
    await Promise.all(keys.map(key => cache.set(key, key)));
    expect(await Promise.all(keys.map(key => cache.get(key)))).toEqual(keys);
    const found = await Promise.all(cluster.masters.map(master => findKeys(master, pluginId)));
    expect(found.flat().sort()).toEqual(keys.map(key => `${pluginId}:${key}`).sort());
    expect(Math.min(...found.map(({ length }) => length))).toBeGreaterThan(0);
  });

  it('refuses a wrong password, and the log does not show it', async () => {
    const { cacheOf, log } = await start(uniqueId(), { defaults: { ...credentials, password: 'wrong word' } });
    await cacheOf().set('key', 'value');
    expect(await cacheOf().get('key')).toBeUndefined();
    expect(log.cacheProblems()).toEqual([{ level: 'error', message: expect.stringContaining('is away') }]);
    expect(log.all()).not.toContain('wrong word');
  });

  it('stores keys with the namespace and separator of the client section', async () => {
    const [pluginId, namespace] = [uniqueId(), uniqueId()];
    const cache = (await start(pluginId, {}, { namespace, keyPrefixSeparator: '!' })).cacheOf();
    await Promise.all(keys.map(key => cache.set(key, key)));
    const found = await Promise.all(cluster.masters.map(master => findKeys(master, pluginId)));
    expect(found.flat().sort()).toEqual(keys.map(key => `${namespace}!${pluginId}:${key}`).sort());
  });

  it.each([
    ['replicas with useReplicas', { useReplicas: true }, true],
    ['masters only without useReplicas', {}, false],
  ])('is read from %s', async (_what, more, isRead) => {
    const pluginId = uniqueId();
    const cache = (await start(pluginId, more)).cacheOf();
    await Promise.all(cluster.replicas.map(replica => sendCommands(replica, [['CONFIG', 'RESETSTAT']])));
    await Promise.all(keys.map(key => cache.set(key, key)));
    // WAIT would wait only for the writes of its own connection.
    const countCopies = async () =>
      (await Promise.all(cluster.replicas.map(replica => findKeys(replica, pluginId)))).flat().length;
    await until('the replicas have all keys', async () => (await countCopies()) === keys.length, 10_000);
    for (let round = 0; round < 5; round++) {
      expect(await Promise.all(keys.map(key => cache.get(key)))).toEqual(keys);
    }
    const statistics = await sendAll(cluster.replicas, ['INFO', 'commandstats']);
    expect(statistics.some(text => text.includes('cmdstat_get:'))).toBe(isRead);
  });

  it.each([
    ['the needed node only, with minimizeConnections', { minimizeConnections: true }, 1],
    ['every master, without minimizeConnections', {}, 3],
  ])('gets a connection to %s', async (_what, more, count) => {
    // A server may notice later than this process that a connection has closed.
    await until('no master is connected', async () => (await countConnected()) === 0, 10_000);
    const cache = (await start(uniqueId(), more)).cacheOf();
    await cache.set('key', 'value');
    expect(await cache.get('key')).toBe('value');
    await until(`${count} masters are connected`, async () => (await countConnected()) === count, 10_000);
  });

  it.each([
    ['gives a hit for a key that moves to another node', {}, 'value'],
    [
      'gives a hit for a key that moves to another node, with maxCommandRedirections: 1',
      { maxCommandRedirections: 1 },
      'value',
    ],
    [
      'gives a miss for a key that moves to another node, with maxCommandRedirections: 0',
      { maxCommandRedirections: 0 },
      undefined,
    ],
  ])('%s', async (_what, more, expected) => {
    const pluginId = uniqueId();
    const cache = (await start(pluginId, more)).cacheOf();
    await cache.set('key', 'value');
    const storedKey = `${pluginId}:key`;
    const holders = await Promise.all(cluster.masters.map(async master => (await findKeys(master, storedKey)).length));
    const [source, target] = [cluster.masters[holders.indexOf(1)], cluster.masters[holders.indexOf(0)]] as [
      TestServer,
      TestServer,
    ];
    const [slot, sourceId] = await sendCommands(source, [
      ['CLUSTER', 'KEYSLOT', storedKey],
      ['CLUSTER', 'MYID'],
    ]);
    const [targetId] = await sendCommands(target, [['CLUSTER', 'MYID']]);
    await sendCommands(target, [['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', String(sourceId)]]);
    await sendCommands(source, [
      ['CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', String(targetId)],
      [
        'MIGRATE',
        target.host,
        String(target.port),
        storedKey,
        '0',
        '1000',
        'AUTH2',
        credentials.username,
        credentials.password,
      ],
    ]);
    try {
      expect(await cache.get('key')).toBe(expected);
    } finally {
      await sendAll([source, target], ['CLUSTER', 'SETSLOT', String(slot), 'STABLE']);
    }
  });

  /** Number of masters that have a connection besides the one of this test. */
  async function countConnected(): Promise<number> {
    const lists = await sendAll(cluster.masters, ['CLIENT', 'LIST', 'TYPE', 'NORMAL']);
    return lists.filter(list => list.trim().split('\n').length > 1).length;
  }
});

async function findKeys(server: TestServer, text: string): Promise<readonly string[]> {
  const [found] = await sendCommands(server, [['KEYS', `*${text}*`]]);
  return found as readonly string[];
}

async function sendAll(servers: readonly TestServer[], command: readonly string[]): Promise<readonly string[]> {
  return Promise.all(servers.map(async server => String((await sendCommands(server, [command]))[0])));
}
