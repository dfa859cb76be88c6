import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheService } from '@greenroom/cache-core';
import { sendCommands, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { areRead } from './areRead';
import type { StoreUnderTest } from './storeUnderTest';

const USER = 'backstage';
const PASSWORD = 'secret';
const NAMESPACE = 'my-app';
const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);

/** How the README lines begin, each of which lists the rights for one purpose. */
const purposes = {
  server: /^- at every server: /,
  del: /^- with `useUnlink: false`/,
  clear: /^- to clear /,
  database: /^- with a database/,
  cluster: /^- at the nodes of a cluster/,
  replicas: /^- with `useReplicas`/,
  sentinel: /^- at sentinels/,
} as const;

type Purpose = keyof typeof purposes;

/** The rights that the README of a store lists. */
function readRights(store: string): (purpose: Purpose) => readonly string[] {
  const readme = readFileSync(join(__dirname, `../../../../packages/cache-${store}/README.md`), 'utf8');
  const [, section = ''] = /\n## Rights\n(.*?)\n## /s.exec(readme) ?? [];
  const items = section.replace(/\n {2}/g, ' ').split('\n');
  return purpose => {
    const item = items.find(line => purposes[purpose].test(line)) ?? '';
    const rights = [...item.matchAll(/\+([a-z|-]+)/g)].map(([, right = '']) => right);
    if (rights.length === 0) throw new Error(`The README of ${store} has no rights for: ${purpose}`);
    return rights;
  };
}

/** Rights of an ACL user: exactly those that the README lists. */
export function describeRights({
  serverName,
  store,
  startServer,
  startCluster,
  startSentinel,
  openCache,
  openDriver,
}: StoreUnderTest) {
  const rightsFor = readRights(store);

  async function allow(servers: readonly TestServer[], rights: readonly string[]): Promise<void> {
    const user = ['ACL', 'SETUSER', USER, 'reset', 'on', `>${PASSWORD}`, `~${NAMESPACE}:*`];
    const commands = [
      [...user, ...rights.map(right => `+${right}`)],
      ['ACL', 'LOG', 'RESET'],
    ];
    await Promise.all(servers.map(server => sendCommands(server, commands)));
  }

  /** The commands refused since `allow`. */
  async function refused(servers: readonly TestServer[]): Promise<readonly string[]> {
    const logs = await Promise.all(servers.map(server => sendCommands(server, [['ACL', 'LOG']])));
    return logs.flatMap(([log]) =>
      (log as readonly (readonly unknown[])[]).map(entry => String(entry[entry.indexOf('object') + 1])),
    );
  }

  const login = { username: USER, password: PASSWORD };
  const client = { namespace: NAMESPACE };
  const toConnection = ({ host, port }: TestServer, rest = '') => ({
    connection: { url: `${store}://${host}:${port}${rest}`, ...login },
  });

  async function use(cache: CacheService): Promise<void> {
    await Promise.all(keys.map(key => cache.set(key, key, { ttl: 60_000 })));
    await Promise.all(keys.map(key => cache.get(key)));
    await cache.get('key-0');
    await cache.delete('key-1');
  }

  async function isUsed(cache: CacheService): Promise<boolean> {
    await cache.set('used', 1);
    return (await cache.get('used')) === 1;
  }

  /** Checks that nothing is refused with these rights, and that each right is refused when it is missing. */
  async function check(
    servers: readonly TestServer[],
    rights: readonly string[],
    exercise: () => Promise<readonly unknown[]>,
  ): Promise<void> {
    await allow(servers, rights);
    expect(await exercise()).not.toContain(false);
    expect(await refused(servers)).toEqual([]);
    for (const missing of rights) {
      await allow(
        servers,
        rights.filter(right => right !== missing),
      );
      await exercise();
      expect(await refused(servers)).toContain(missing);
    }
  }

  describe(`the rights that a user of ${serverName} needs`, () => {
    it.each([
      ['a server', {}, '', () => [...rightsFor('server'), ...rightsFor('clear')]],
      [
        'a server with useUnlink: false',
        { useUnlink: false },
        '',
        () => [...rightsFor('server').filter(right => right !== 'unlink'), ...rightsFor('clear'), ...rightsFor('del')],
      ],
      [
        'a server with a database number',
        {},
        '/3',
        () => [...rightsFor('server'), ...rightsFor('clear'), ...rightsFor('database')],
      ],
    ])('are exactly those that the README lists for %s', async (_what, options, rest, toRights) => {
      const server = await startServer();
      await check([server], toRights(), async () => {
        const { manager, cache } = openCache({
          ...toConnection(server, rest),
          [store]: { client: { ...client, ...options } },
        });
        await use(cache);
        const used = await isUsed(cache);
        await addAndClear({ ...toConnection(server, rest), [store]: { client: { ...client, ...options } } });
        await manager.close();
        return [used];
      });
    });

    it('are exactly those that the README lists for a cluster, even while a slot moves', async () => {
      const cluster = await startCluster();
      const [source, target] = cluster.masters as [TestServer, TestServer];
      const key = await findKey(source);
      await moveKey(source, target, `${NAMESPACE}:catalog:${key}`);
      const cache = toCluster(cluster.masters);
      const rights = [
        ...rightsFor('cluster'),
        ...rightsFor('server').filter(right => right !== 'mget'),
        ...rightsFor('clear'),
      ];
      await check(cluster.masters, rights, async () => {
        const opened = openCache(cache);
        await use(opened.cache);
        const values = await Promise.all(keys.slice(2).map(other => opened.cache.get(other)));
        // The key is at the target, but its slot is still at the source.
        await opened.cache.set(key, 'moved');
        const moved = await opened.cache.get(key);
        await addAndClear(cache);
        await opened.manager.close();
        return [values.every((value, index) => value === keys[index + 2]), moved === 'moved'];
      });
    });

    it('are those that the README lists for reads from replicas, and include READONLY', async () => {
      const cluster = await startCluster({ replicasPerMaster: 1 });
      const { nodes, replicas } = cluster;
      const cache = toCluster(cluster.masters, { useReplicas: true });
      await until('the replicas are known', () => knowReplicas(nodes, replicas), 20_000);
      const usual = [...rightsFor('cluster'), ...rightsFor('server')];
      await allow(nodes, [...usual, ...rightsFor('replicas')]);
      const { cache: allowed } = openCache(cache);
      await until('a replica is read', async () => (await use(allowed), await areRead(replicas)), 5000);
      expect(await refused(nodes)).toEqual([]);

      await allow(nodes, usual);
      openCache(cache);
      await until('it is refused', async () => (await refused(nodes)).includes('readonly'), 5000);
    });

    it('are exactly those that the README lists for sentinels and the servers that they watch', async () => {
      const set = await startSentinel();
      const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
      const sentinel = { name: set.name, rootNodes, defaults: login, sentinelDefaults: login };
      const cache = { [store]: { client, sentinel } };
      const atServers = [...rightsFor('server'), ...rightsFor('clear')];
      const exercise = async () => {
        const opened = openCache(cache);
        await use(opened.cache);
        const used = await isUsed(opened.cache);
        await addAndClear(cache);
        await opened.manager.close();
        return [used];
      };
      await allow(set.sentinels, rightsFor('sentinel'));
      await check(set.servers, atServers, exercise);
      await allow(set.servers, atServers);
      await check(set.sentinels, rightsFor('sentinel'), exercise);
    });
  });

  function toCluster(nodes: readonly TestServer[], options: object = {}) {
    const rootNodes = nodes.map(({ host, port }) => ({ url: `${store}://${host}:${port}` }));
    return { [store]: { client, cluster: { rootNodes, defaults: login, ...options } } };
  }

  /** Calls `add` and `clear`, which a plain cache service never does. */
  async function addAndClear(cache: object): Promise<void> {
    const { driver } = openDriver(cache);
    await driver.add?.(`${NAMESPACE}:catalog:!lkey`, 'text', 1000).catch(() => {});
    await driver.clear?.(`${NAMESPACE}:catalog:`).catch(() => {});
    await driver.close();
  }
}

/** A key of the plugin in a slot of this server. */
async function findKey(server: TestServer): Promise<string> {
  for (let index = 0; ; index++) {
    const key = `moving-${index}`;
    const answer = await sendCommands(server, [['GET', `${NAMESPACE}:catalog:${key}`]]).catch(() => undefined);
    if (answer) return key;
  }
}

/** Leaves a slot half moved: the source redirects its key by ASK. */
async function moveKey(source: TestServer, target: TestServer, key: string): Promise<void> {
  const [[slot], [sourceId], [targetId]] = await Promise.all([
    sendCommands(source, [['CLUSTER', 'KEYSLOT', key]]),
    sendCommands(source, [['CLUSTER', 'MYID']]),
    sendCommands(target, [['CLUSTER', 'MYID']]),
  ]);
  await sendCommands(target, [['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', String(sourceId)]]);
  await sendCommands(source, [['CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', String(targetId)]]);
}

async function knowReplicas(nodes: readonly TestServer[], replicas: readonly TestServer[]): Promise<boolean> {
  const answers = await Promise.all(nodes.map(node => sendCommands(node, [['CLUSTER', 'SLOTS']])));
  return answers.every(([slots]) => replicas.every(({ port }) => JSON.stringify(slots).includes(`,${port},`)));
}
